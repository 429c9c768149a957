-- The servers that bench/http/run.lua and its like measure: each pinned to a core if there is one for it, filled over
-- HTTP, ended by its process id.
local socket = require "socket"
local json = require "cjson"

local Server = {}
Server.__index = Server

local M = {}

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

function M.capture(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read "a"
  assert(pipe:close(), command)
  return output
end

-- Starts a command that prints where it listens. It runs on this core (nil: any), and writes errors to a file in
-- `folder`.
function M.start(name, command, core, folder)
  local self = setmetatable({ name = name, folder = folder }, Server)
  self.output = assert(io.popen(("echo $$; exec %s %s 2>%s/%s.err </dev/null"):format(
    core and "taskset -c " .. core or "", command, quote(folder), name)))
  self.pid = self.output:read "l"
  local line = self.output:read "l"
  self.port = line and line:match ":(%d+)$"
  assert(self.port, name .. " did not start: see " .. folder .. "/" .. name .. ".err")
  return self
end

-- Ends it, by SIGTERM or another signal; gives its exit code. Nothing, if it has ended.
function Server:stop(signal)
  if self.ended then return nil end
  self.ended = true
  os.execute(("kill -%s %s 2>/dev/null"):format(signal or "TERM", self.pid))
  self.output:read "a" -- until it has ended
  return select(3, self.output:close())
end

-- CPU time in microseconds of all its threads and children so far: a busy machine does not count.
function Server:cpu_us()
  local script = [[
    tree() { cat /proc/$1/task/*/schedstat; for child in $(cat /proc/$1/task/*/children); do tree $child; done; }
    tree ]] .. self.pid
  local total = 0
  for line in M.capture(script):gmatch "[^\n]+" do total = total + tonumber(line:match "^%d+") end
  return total / 1000
end

-- What it and its children hold at this moment: { processes =, rss_kb =, anonymous_kb =, fds =, threads = }. Anonymous
-- memory is what of it no file and no other process has. A process that ends meanwhile counts for nothing.
function Server:sample()
  local script = [[
    tree() { echo $1; for child in $(cat /proc/$1/task/*/children 2>/dev/null); do tree $child; done; }
    for pid in $(tree ]] .. self.pid .. [[); do
      set -- $(sed -n 's/^\(VmRSS\|RssAnon\|Threads\):[^0-9]*\([0-9]*\).*/\2/p' /proc/$pid/status 2>/dev/null)
      [ $# -eq 3 ] && echo $1 $2 $3 $(ls /proc/$pid/fd 2>/dev/null | wc -l)
    done; true]]
  local sum = { processes = 0, rss_kb = 0, anonymous_kb = 0, threads = 0, fds = 0 }
  for rss, anonymous, threads, fds in M.capture(script):gmatch "(%d+) (%d+) (%d+) (%d+)\n" do
    sum.processes, sum.rss_kb = sum.processes + 1, sum.rss_kb + tonumber(rss)
    sum.anonymous_kb = sum.anonymous_kb + tonumber(anonymous)
    sum.threads, sum.fds = sum.threads + tonumber(threads), sum.fds + tonumber(fds)
  end
  return sum
end

-- --- What there is to read and change. ---

local function post(client, path, token, body)
  local text = json.encode(body)
  local authorization = token and "Authorization: Bearer " .. token .. "\r\n" or ""
  local head = "POST %s HTTP/1.1\r\nHost: bench\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
  assert(client:send(head:format(path, authorization, #text) .. text))
  local status, length, line = client:receive "*l", 0
  repeat
    line = assert(client:receive "*l")
    length = line:lower():match "^content%-length:%s*(%d+)" or length
  until line == ""
  local reply = assert(client:receive(tonumber(length)))
  assert(status:find "^HTTP/1.1 201", status .. " " .. reply)
  return json.decode(reply)
end

-- So many users with so many notes each; files for bench_http, in which neighbours are different users'. What is in
-- `plain_targets` is asked for without a database.
function Server:fill(users, notes)
  local client = assert(socket.connect("127.0.0.1", self.port))
  client:setoption("tcp-nodelay", true)
  self.targets = self.folder .. "/" .. self.name .. ".targets"
  local file, tokens = assert(io.open(self.targets, "w")), {}
  for i = 1, users do tokens[i] = post(client, "/users", nil, {}).token end
  for _ = 1, notes do
    for i = 1, users do
      local note = post(client, "/notes", tokens[i], { title = "A note", body = "Nothing in it yet." })
      file:write("/notes/", note.id, " ", tokens[i], "\n")
    end
  end
  file:close()
  self.plain_targets = self.folder .. "/" .. self.name .. ".plain"
  file = assert(io.open(self.plain_targets, "w"))
  for i = 1, users do file:write("/greetings/ada ", tokens[i], "\n") end
  file:close()
  client:close()
end

-- For a server that knows no users.
function Server:aim(path)
  self.targets = self.folder .. "/" .. self.name .. ".targets"
  local file = assert(io.open(self.targets, "w"))
  file:write(path, " -\n")
  file:close()
end

return M
