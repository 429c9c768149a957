-- A real server for specs: on a free port, over a temporary database, ended by its process id.
--
--   local server = require("support.server").start { folder = ".", seed = "tests/fixtures.sql" }
--   local reply = server:request("GET", "/me", { token = token })
--   server:rows("SELECT * FROM notes")
--   server:stop()
--
-- Nothing here waits for a time: the server's first lines on stdout say that it listens, and its end closes them. What
-- nothing tells of (a line in its log, the end of a worker) is looked at every few milliseconds, for a minute at most: so
-- long no machine needs, however busy it is.

local socket = require "socket"
local unix = require "socket.unix"
local json = require "cjson"

local Server = {}
Server.__index = Server

local writ = os.getenv "WRIT" or "build/writ"
local patience_s, look_every_s = 60, 0.005

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- What the sanitized server says of itself is no output of the command.
local function without_warning(text)
  return (text:gsub("==%d+==WARNING: ASan doesn't fully support makecontext[^\n]*\n", ""))
end

local function capture(command)
  local pipe = assert(io.popen(command))
  local output = without_warning(pipe:read "a")
  local _, _, code = pipe:close()
  return output, code
end

local function read_file(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- By a new file in the place of the old one, so that nobody sees a part of it, nor another file beside. Both lie in the
-- folder for temporary files.
local function replace_file(path, text)
  local new = capture("mktemp"):gsub("%s+$", "")
  write_file(new, text)
  assert(os.rename(new, path))
end

-- Until it is so; gives what `is_so` gave. To look all the time would take the processor from who is waited for.
local function await(is_so, tell)
  local limit = socket.gettime() + patience_s
  repeat
    local found = is_so()
    if found then return found end
    socket.sleep(look_every_s)
  until socket.gettime() > limit
  error("not within a minute: " .. tell(), 3)
end

local M = {
  without_warning = without_warning,
  quote = quote,
  capture = capture,
  read_file = read_file,
  write_file = write_file,
  replace_file = replace_file,
  patience_s = patience_s,
  writ = writ,
  null = json.null,
}

-- Until it is so, which nothing tells; `what` says it to people (a text, or what gives one).
function M.await(what, is_so)
  return await(is_so, type(what) == "function" and what or function() return what end)
end

-- Whether a process has ended. Whose parent has, too, may wait for ever to be buried: in a container nobody may do it.
function M.is_gone(pid)
  local file = io.open(("/proc/%s/stat"):format(pid))
  local state = file and (file:read "a" or ""):match "%) (%a)"
  if file then file:close() end
  return state == nil or state == "Z"
end

-- Runs `writ ARGUMENTS`; gives stdout, stderr, exit code.
function M.run(arguments)
  local err = os.tmpname()
  local out, code = capture(("%s %s 2>%s </dev/null"):format(quote(writ), arguments, err))
  local text = without_warning(read_file(err))
  os.remove(err)
  return out, text, code
end

-- HMAC-SHA256 in hexadecimal, by somebody else.
function M.hmac(secret, bytes)
  local name = os.tmpname()
  write_file(name, bytes)
  local hex = capture(("openssl dgst -sha256 -hmac %s <%s"):format(quote(secret), name)):match "%x+%s*$"
  os.remove(name)
  return (hex:gsub("%s", ""))
end

-- Options: folder, seed, dev (default true), environment ("A=b"), data (a folder to use again), workers (default 1),
-- listen, arguments (more of `writ serve`'s), access_log (default false: nobody reads it). Or command: the arguments of
-- another command that serves, whole.
function M.start(options)
  local self = setmetatable({ own_data = not options.data }, Server)
  self.data = options.data or capture("mktemp -d"):gsub("%s+$", "")
  local fifo = self.data .. "/stdout"
  self.log_path = self.data .. "/stderr"
  os.remove(fifo)
  capture("mkfifo " .. fifo)
  local arguments = options.command or ("serve --listen %s --workers %d --data %s %s %s %s %s"):format(
    options.listen or "127.0.0.1:0", options.workers or 1, self.data,
    (options.dev == false and "" or "--dev ") .. (options.access_log and "" or "--no-access-log"),
    options.seed and "--seed " .. options.seed or "",
    options.arguments or "", options.folder or ".")
  local command = ("%s exec %s %s"):format(options.environment or ("WRIT_AUDIT_KEY=" .. ("5a"):rep(32)), quote(writ),
    arguments)
  os.execute(("( sh -c %s; echo exit $? ) >%s 2>%s </dev/null &"):format(
    quote("echo $$; " .. command), fifo, self.log_path))
  self.stdout = assert(io.open(fifo))
  self.pid = self.stdout:read "l"
  local line = self.stdout:read "l"
  self.port = line and tonumber(line:match ":(%d+)$")
  self.socket = line and line:match "on unix:(.+)$"
  if not self.port and not self.socket then
    local log = read_file(self.log_path)
    self.stdout:close()
    if self.own_data then os.execute("rm -rf " .. quote(self.data)) end
    error("the server did not start: " .. tostring(line) .. "\n" .. log, 2)
  end
  return self
end

function Server:kill(signal)
  os.execute(("kill -%s %s"):format(signal, self.pid))
  return self:wait()
end

-- Until it has ended; gives its exit code.
function Server:wait()
  local code
  for line in self.stdout:lines() do code = tonumber(line:match "^exit (%d+)$") or code end
  self.stdout:close()
  self.ended = true
  return code
end

-- Ends the server; gives its exit code.
function Server:stop()
  local code = self:kill "TERM"
  if self.own_data then os.execute("rm -rf " .. quote(self.data)) end
  return code
end

function Server:log() return read_file(self.log_path) end

-- Until it is so; an error, with the log, if it does not come to it.
function Server:await(what, is_so)
  return await(is_so, function() return what .. "\n" .. self:log() end)
end

-- Until the log has these words.
function Server:await_log(words)
  return self:await("in the log: " .. words, function() return self:log():find(words, 1, true) end)
end

-- The processes that answer requests; their order is not theirs. Others (a builder) come and go meanwhile.
function Server:workers()
  local pids = {}
  for pid in read_file(("/proc/%s/task/%s/children"):format(self.pid, self.pid)):gmatch "%d+" do
    local file = io.open(("/proc/%s/comm"):format(pid))
    local name = file and file:read "l"
    if file then file:close() end
    if name == "writ-worker" and not M.is_gone(pid) then pids[#pids + 1] = pid end
  end
  return pids
end

-- Changes several files of the app as if at once: who watches them stands still meanwhile, and sees all or nothing.
function Server:at_once(change)
  os.execute("kill -STOP " .. self.pid)
  local ok, problem = pcall(change)
  os.execute("kill -CONT " .. self.pid)
  if not ok then error(problem, 0) end
end

-- CPU time that the main thread of the only worker has used so far, in milliseconds: a busy machine does not count.
function Server:cpu_ms()
  return tonumber(read_file(("/proc/%s/schedstat"):format(self:workers()[1])):match "^%d+") / 1e6
end

function Server:alive() return os.execute("kill -0 " .. self.pid .. " 2>/dev/null") == true end

-- --- Requests. ---

local Connection = {}
Connection.__index = Connection

function Server:connect()
  local client = assert(self.socket and unix() or socket.tcp())
  client:settimeout(patience_s)
  assert(client:connect(self.socket or "127.0.0.1", self.port))
  return setmetatable({ client = client }, Connection)
end

function Connection:send(bytes) return self.client:send(bytes) end

-- Reads one reply; nil if the connection is closed instead.
function Connection:receive(method)
  local line = self.client:receive "*l"
  if not line then return nil end
  local reply = { status = tonumber(line:match "^HTTP/1.1 (%d+)"), headers = {} }
  while true do
    line = assert(self.client:receive "*l")
    if line == "" then break end
    local name, value = line:match "^([^:]+):%s*(.*)$"
    reply.headers[name:lower()] = value
  end
  local length = tonumber(reply.headers["content-length"] or 0)
  reply.body = length > 0 and method ~= "HEAD" and assert(self.client:receive(length)) or ""
  if (reply.headers["content-type"] or ""):find "json" and reply.body ~= "" then
    reply.json = json.decode(reply.body)
  end
  return reply
end

function Connection:close() self.client:close() end

-- Options: token, json (a table), body (a string), type, headers, cookie, host.
function Connection:request(method, path, options)
  options = options or {}
  local body = options.body or options.json and json.encode(options.json)
  local head = { method .. " " .. path .. " HTTP/1.1", "Host: " .. (options.host or "test") }
  local function add(name, value) head[#head + 1] = name .. ": " .. value end
  if options.token then add("Authorization", "Bearer " .. options.token) end
  if options.cookie then add("Cookie", options.cookie) end
  if body then
    add("Content-Type", options.type or "application/json")
    add("Content-Length", #body)
  end
  for name, value in pairs(options.headers or {}) do add(name, value) end
  assert(self:send(table.concat(head, "\r\n") .. "\r\n\r\n" .. (body or "")))
  return self:receive(method)
end

function Server:request(method, path, options)
  local connection = self:connect()
  local reply = assert(connection:request(method, path, options), "the server closed the connection")
  connection:close()
  return reply
end

-- Logs in and gives the token.
function Server:login(email, password)
  local reply = self:request("POST", "/login", { json = { email = email, password = password } })
  assert(reply.status == 200, reply.body)
  return reply.json.token
end

-- --- The database, as somebody beside the server sees it. ---

function Server:rows(sql)
  local output, code = capture(("sqlite3 -readonly -cmd '.timeout 60000' -json %s/writ.db %s"):format(self.data, quote(sql)))
  assert(code == nil or code == 0, output)
  return output:match "%S" and json.decode(output) or {}
end

-- Changes it from beside.
function Server:execute(sql)
  local output, code = capture(("sqlite3 -cmd '.timeout 60000' %s/writ.db %s 2>&1"):format(self.data, quote(sql)))
  assert(code == nil or code == 0, output)
end

function Server:value(sql)
  local row = self:rows(sql)[1]
  return row and select(2, next(row))
end

-- The latest audit row.
function Server:audit()
  return self:rows [[SELECT id, action, outcome, reason, detail, principal_id, handler, resource, input,
    address, request_id, count FROM writ_audit ORDER BY id DESC LIMIT 1]][1]
end

-- Every row of every table of the app, as one text: to see that nothing changed.
function Server:snapshot()
  local tables = self:rows [[SELECT name FROM sqlite_schema WHERE type = 'table'
    AND name NOT LIKE 'writ\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name]]
  local parts = {}
  for _, entry in ipairs(tables) do
    parts[#parts + 1] = capture(("sqlite3 -readonly %s/writ.db %s"):format(self.data,
      quote(("SELECT * FROM %s ORDER BY 1, 2"):format(entry.name))))
  end
  return table.concat(parts, "\n--\n")
end

return M
