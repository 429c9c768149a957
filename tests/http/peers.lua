-- The corpus against Debian's nginx (`./dev http-peers`). First nginx beside Writ: where what they make of a case
-- differs, the case says why, or this fails. Then nginx before Writ, as a reverse proxy that keeps its connections, once
-- with bodies buffered and once as they come, line by line: whatever nginx forwards must be so many requests for Writ as for nginx.
--
-- Between the two stands a tap, here, through which the bytes pass: it counts Writ's replies.
local socket = require "socket"
local servers = require "support.server"
local corpus = require "http.corpus"

local quote, capture = servers.quote, servers.capture
local program = os.getenv "WRIT_NGINX" or "/usr/sbin/nginx"
local show_all = arg[1] == "all" -- also what was explained

-- --- nginx. ---

local function listen()
  local listener = assert(socket.bind("127.0.0.1", 0, 64))
  return listener, tonumber((select(2, listener:getsockname())))
end

-- A port that was free a moment ago: nginx cannot choose one.
local function free_port()
  local listener, port = listen()
  listener:close()
  return port
end

-- It needs no rights, so it gets none.
local function without_rights(folder)
  if capture "id -u" ~= "0\n" then return "" end
  capture("chown 65534:65534 " .. folder)
  return "setpriv --reuid=65534 --regid=65534 --clear-groups"
end

-- `fronts`: where to forward what is buffered, and what is streamed.
local function start_nginx(fronts)
  local nginx = { folder = capture("mktemp -d"):gsub("%s+$", ""), static = free_port() }
  local words = { FOLDER = nginx.folder, STATIC_PORT = nginx.static }
  for _, front in ipairs(fronts) do
    front.port = free_port()
    words[front.name:upper() .. "_PORT"], words[front.name:upper() .. "_TAP"] = front.port, front.tap.port
  end
  local config = servers.read_file("tests/http/nginx.conf"):gsub("%u[%u_]+", words)
  local file = assert(io.open(nginx.folder .. "/nginx.conf", "w"))
  file:write(config)
  file:close()
  nginx.output = assert(io.popen(("echo $$; exec %s timeout 300 %s -e stderr -p %s -c %s/nginx.conf 2>&1"):format(
    without_rights(nginx.folder), quote(program), nginx.folder, nginx.folder)))
  nginx.pid = nginx.output:read "l"
  local lines = {}
  for line in nginx.output:lines() do
    if line:find "start worker processes" then return nginx end
    lines[#lines + 1] = line
  end
  error("nginx did not start:\n" .. table.concat(lines, "\n"))
end

-- Ends nginx; gives the requests in its log, a list for each of its ports and each address that a client had.
local function stop_nginx(nginx)
  capture("kill -QUIT " .. nginx.pid)
  nginx.output:read "a"
  nginx.output:close()
  nginx.stopped = true
  local log = {}
  for line in io.lines(nginx.folder .. "/access.log") do
    local port, address, upstream, path = line:match "^(%d+) (%S+) (%S+) (.*)$"
    local key = port .. " " .. address
    log[key] = log[key] or {}
    table.insert(log[key], { upstream = upstream, path = path })
  end
  os.execute("rm -rf " .. quote(nginx.folder))
  return log
end

-- --- Side by side. ---

local at_once = corpus.ways[1]

local function outcome_at(port, case)
  local bytes, problem = corpus.exchange(port, case, at_once)
  if problem then return problem end
  local replies = corpus.replies(bytes, case.outcome)
  return replies and corpus.outcome_of(replies, case.outcome) or "unreadable"
end

-- The opinion that says what nginx did, or nil.
local function opinion_for(case, found)
  for _, opinion in ipairs(case.nginx) do
    if opinion.outcome == found then return opinion end
  end
end

local bad = 0

local function complain(case, what, ...)
  bad = bad + 1
  print(("%s: %s: " .. what):format(case.file, case.title, ...))
end

local function compare(case, writ_port, nginx_port, tally)
  local expected = corpus.plain(case.outcome)
  local writ, nginx = outcome_at(writ_port, case), outcome_at(nginx_port, case)
  if writ ~= expected then complain(case, "Writ: %s, expected %s", writ, expected) end
  if nginx == expected then
    tally.same = tally.same + 1
    return
  end
  local opinion = opinion_for(case, nginx)
  if not opinion then
    complain(case, "Writ %s, nginx %s, and the case does not say why", expected, nginx)
    return
  end
  opinion.used = opinion.used + 1
  tally.different[opinion.reason] = (tally.different[opinion.reason] or 0) + 1
  if show_all then
    print(("%s: %s: Writ %s, nginx %s because %s"):format(case.file, case.title, expected, nginx, opinion.reason))
  end
end

local function side_by_side(cases, writ_port, nginx_port)
  local tally = { same = 0, different = {} }
  for _, case in ipairs(cases) do compare(case, writ_port, nginx_port, tally) end
  for _, case in ipairs(cases) do
    for _, opinion in ipairs(case.nginx) do
      if opinion.used == 0 then complain(case, "nginx is nowhere %s", opinion.outcome) end
      opinion.used = 1
    end
  end
  return tally
end

-- --- One behind the other. ---

-- To a socket that does not block otherwise. What is sent to somebody who has closed is lost.
local function send_all(to, bytes)
  to:settimeout(10)
  to:send(bytes)
  to:settimeout(0)
end

-- Passes bytes on between nginx and Writ, and keeps what Writ says.
local Tap = {}
Tap.__index = Tap

function Tap:open()
  local listener
  listener, self.port = listen()
  listener:settimeout(0)
  self.listener, self.sockets, self.links = listener, { listener }, {}
  return self
end

function Tap:add(from, to, is_writ)
  from:settimeout(0)
  from:setoption("tcp-nodelay", true)
  table.insert(self.sockets, from)
  self.links[from] = { to = to, said = is_writ and {} or nil }
end

function Tap:accept()
  local nginx = assert(self.listener:accept())
  local writ = assert(socket.connect("127.0.0.1", self.writ_port))
  self:add(nginx, writ, false)
  self:add(writ, nginx, true)
end

function Tap:drop(one)
  for i, each in ipairs(self.sockets) do
    if each == one then table.remove(self.sockets, i) break end
  end
  self:count(self.links[one])
  self.links[one] = nil
  one:close()
end

function Tap:pass(from)
  local link = self.links[from]
  if not link then return end -- dropped with its other end
  local all, problem, part = from:receive(65536)
  local bytes = all or part
  if #bytes > 0 then
    if link.said then table.insert(link.said, bytes) end
    send_all(link.to, bytes)
  end
  if problem == "closed" then
    self:drop(from)
    if self.links[link.to] then self:drop(link.to) end
  end
end

-- Adds to self.replies what has been said since. No body of Writ's has a line end in it, so this is where heads begin.
function Tap:count(link)
  if not link.said then return end
  local bytes = table.concat(link.said)
  for status in bytes:gmatch "HTTP/1%.1 (%d%d%d) [^\r\n]*\r\nDate: " do
    if tonumber(status) >= 200 then self.replies = self.replies + 1 end
  end
  link.said = {}
end

-- Waits for bytes, at most so long, and passes them on; false if nginx has closed the client's connection.
function Tap:turn(client, seconds)
  local open = true
  for _, ready in ipairs((socket.select({ client, table.unpack(self.sockets) }, nil, seconds))) do
    if ready == client then open = select(2, client:receive(65536)) ~= "closed"
    elseif ready == self.listener then self:accept()
    else self:pass(ready) end
  end
  return open
end

-- Sends a case by way of nginx, from an address of its own: that is in nginx's log. Gives the number of Writ's replies.
local function ask_behind(front, case, address)
  local tap, client = front.tap, assert(socket.tcp())
  tap.replies = 0
  assert(client:bind(address, 0))
  assert(client:connect("127.0.0.1", front.port))
  client:setoption("tcp-nodelay", true)
  client:settimeout(0)
  local incomplete = case.outcome.ending == "incomplete"
  local open = true
  for _, piece in ipairs(front.way.cut(case.bytes .. (incomplete and "" or corpus.canary))) do
    if open then
      send_all(client, piece)
      open = tap:turn(client, front.pause)
    end
  end
  if incomplete then client:shutdown "send" end
  local deadline = socket.gettime() + 10
  while open do
    assert(socket.gettime() < deadline, "nginx did not close the connection")
    open = tap:turn(client, 1)
  end
  client:close()
  for _, link in pairs(tap.links) do tap:count(link) end
  return tap.replies
end

local function ask_all_behind(cases, front)
  front.asked = {}
  for number, case in ipairs(cases) do
    local address = ("127.1.%d.%d"):format(number // 250, number % 250 + 1)
    front.asked[front.port .. " " .. address] = { case = case, replies = ask_behind(front, case, address) }
  end
end

-- What nginx forwarded against what Writ saw. The number of requests, and, of those that leave a row, which they were.
local function hold_together(front, log)
  local forwarded, refused, rows = 0, 0, { canary = 0, smuggled = 0 }
  for key, one in pairs(front.asked) do
    local count = 0
    for _, request in ipairs(log[key] or {}) do
      if request.upstream ~= "-" then count = count + 1 end
      if request.upstream:match "^4" then refused = refused + 1 end
      local mark = request.upstream:match "^20[23]$" and request.path:match "^/(%a+)$"
      if rows[mark] then rows[mark] = rows[mark] + 1 end
    end
    forwarded = forwarded + count
    if count ~= one.replies then
      complain(one.case, "nginx forwarded %d requests, %s, and Writ answered %d", count, front.name, one.replies)
    end
  end
  for mark, count in pairs(rows) do
    local found = front.server:value(("SELECT count(*) FROM writ_audit WHERE action = '%s' AND outcome = 'ok'"):format(
      mark))
    if found ~= count then
      bad = bad + 1
      print(("nginx forwarded %d requests for /%s, and Writ served %d"):format(count, mark, found))
    end
  end
  print(("nginx before Writ, %s: %d requests forwarded, %d of them a 4xx; %d were /canary, and %d /smuggled"):format(
    front.name, forwarded, refused, rows.canary, rows.smuggled))
end

-- --- All of it. ---

local function report(tally, count)
  local lines = {}
  for reason, times in pairs(tally.different) do lines[#lines + 1] = ("%5d  %s"):format(times, reason) end
  table.sort(lines, function(a, b) return a > b end)
  print(("%d cases: nginx does the same in %d. In the others it does not, because"):format(count, tally.same))
  print(table.concat(lines, "\n"))
end

local function start_writ() return servers.start { folder = "tests/http", dev = false } end

local cases = corpus.load()
local beside = start_writ()
-- What is streamed comes in lines, and nginx has a moment to forward each.
local fronts = {
  { name = "buffered", way = corpus.ways[1], pause = 0 },
  { name = "streamed", way = corpus.ways[3], pause = 0.001 },
}
for _, front in ipairs(fronts) do
  front.server = start_writ()
  front.tap = setmetatable({ writ_port = front.server.port }, Tap):open()
end
local nginx
local done, problem = xpcall(function()
  nginx = start_nginx(fronts)
  report(side_by_side(cases, beside.port, nginx.static), #cases)
  for _, front in ipairs(fronts) do ask_all_behind(cases, front) end
  local log = stop_nginx(nginx)
  for _, front in ipairs(fronts) do hold_together(front, log) end
end, debug.traceback)
if nginx and not nginx.stopped then stop_nginx(nginx) end
beside:stop()
for _, front in ipairs(fronts) do front.server:stop() end
if not done then print(problem) end
if bad > 0 then print(bad .. " complaints") end
os.exit(done and bad == 0)
