-- What disturbs a server that serves: changes of its app, death of its workers, its end. For the chores
-- (bench/http/upheavals.lua) and for tests/spec/load_spec.lua.
--
--   local app = upheaval.make(folder)              the example and two contracts more, in a folder that is there
--   local watcher = upheaval.watch(port)           several connections, which the workers share
--   upheaval.change(app, 2)                        contract and handler say 2 now
--   upheaval.reload(pid, watcher, 2)               SIGHUP, until all of these connections get it
--   local pid, sockets = upheaval.kill_worker(pid) SIGKILL for one of them
local example = require "example"
local servers = require "servers"
local socket = require "socket"
local json = require "cjson"

local M = {}

-- --- The app. ---

local function write_file(path, text)
  local part = path .. ".part"
  local file = assert(io.open(part, "w"))
  file:write(text)
  file:close()
  assert(os.rename(part, path))
end

local function contract(route, returns, more)
  local text = {
    summary = "It is under load",
    route = route,
    requires = { auth = "public", reason = "It is under load", validates = { type = "object",
      properties = json.decode "{}" } },
    ensures = { returns = returns },
  }
  for name, value in pairs(more or {}) do text[name] = value end
  return json.encode(text)
end

-- Both files change, and a contract admits its own handler's answer only: half of a change would be a 500.
function M.change(folder, version)
  local returns = { type = "object", properties = { version = { const = version } }, required = { "version" } }
  write_file(folder .. "/contracts/version.json", contract("GET /version", returns))
  write_file(folder .. "/app/handlers/version.lua",
    ("return function() return { version = %d } end\n"):format(version))
end

-- GET /version, beside the example; and GET /nap, which takes a tenth of a second, so that some request is always under
-- way. Its rates are those of nobody.
function M.make(folder)
  example.copy(folder, "all")
  write_file(folder .. "/contracts/nap.json", contract("GET /nap", { type = "string" },
    { uses = { sleep = true }, limits = { total = "5s" } }))
  write_file(folder .. "/app/handlers/nap.lua", "return function(_, ctx) ctx.sleep(100) return 'rested' end\n")
  M.change(folder, 1)
  return folder
end

-- --- What is served. ---

local Watcher = {}
Watcher.__index = Watcher

-- Asks through so many connections: one that was closed is made again.
function M.watch(port, count)
  return setmetatable({ port = port, count = count or 16, clients = {} }, Watcher)
end

local function ask(client)
  if not client:send "GET /version HTTP/1.1\r\nHost: test\r\n\r\n" then return nil end
  local line = client:receive "*l"
  if not line then return nil end
  local length
  repeat
    local field = client:receive "*l"
    length = field and field:lower():match "^content%-length: (%d+)" or length
  until not field or field == ""
  local body = length and client:receive(tonumber(length))
  return body and line:find " 200 " and json.decode(body).version
end

-- The version that each connection gets; false where there was no reply.
function Watcher:versions()
  local versions = {}
  for i = 1, self.count do
    local client = self.clients[i] or socket.connect("127.0.0.1", self.port)
    if client then client:settimeout(60) end
    local version = client and ask(client)
    if client and not version then client:close() end
    self.clients[i] = version and client or nil
    versions[i] = version or false
  end
  return versions
end

function Watcher:close()
  for _, client in pairs(self.clients) do client:close() end
end

-- Until all connections get this version; false if that takes more than a minute, with what they get.
function Watcher:wait(version)
  local until_s = socket.gettime() + 60
  while true do
    local versions, others = self:versions(), 0
    for _, seen in ipairs(versions) do others = others + (seen == version and 0 or 1) end
    if others == 0 then return true end
    if socket.gettime() > until_s then return false, versions end
  end
end

-- --- The processes. ---

local function read_file(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read "a" or ""
  file:close()
  return text
end

-- The ids of the server's workers, in order.
function M.workers(pid)
  local found = {}
  for child in read_file(("/proc/%s/task/%s/children"):format(pid, pid)):gmatch "%d+" do
    local words = read_file(("/proc/%s/cmdline"):format(child))
    if words:find("\0--worker\0", 1, true) then found[#found + 1] = tonumber(child) end
  end
  return found
end

-- How many sockets a process has: connections, and some more that it listens on.
function M.sockets(pid)
  local list = servers.capture(("readlink /proc/%d/fd/* 2>/dev/null | grep -c '^socket:'; true"):format(pid))
  return tonumber(list:match "%d+")
end

-- Kills one of the workers, if there is any; gives its id and the most connections that it can have had. It stands
-- still while they are counted.
function M.kill_worker(pid)
  local workers = M.workers(pid)
  if #workers == 0 then return nil end
  local victim = workers[math.random(#workers)]
  os.execute(("kill -STOP %d 2>/dev/null"):format(victim))
  local connections = M.sockets(victim)
  os.execute(("kill -KILL %d 2>/dev/null"):format(victim))
  return victim, connections
end

function M.hang_up(pid) os.execute("kill -HUP " .. pid) end

return M
