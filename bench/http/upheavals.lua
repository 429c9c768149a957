-- `./dev reload-under-load`, `./dev kill-workers`, `./dev drain`: a server that is disturbed while it serves.
-- bench/README.md says what is shown.
--
--   lua5.4 bench/http/upheavals.lua BUILD FOLDER reload|kill|drain [TIMES]
--
-- BUILD has the programs, FOLDER (emptied before) the app. The server has two workers, on core 0; clients are on
-- core 1.
package.path = "bench/http/?.lua;" .. package.path
local servers = require "servers"
local example = require "example"
local sieges = require "sieges"
local traffic = require "traffic"
local upheaval = require "upheaval"
local socket = require "socket"

local build, folder, what = arg[1], arg[2], arg[3]
local times = tonumber(arg[4] or ({ reload = 100, kill = 60, drain = 10 })[what])
local SERVER_CORE, CLIENT_CORE = 0, 1
local program = build .. "/bench/bench_siege"

io.stdout:setvbuf "line"

local server -- the one that runs

local function start_server()
  servers.capture(("rm -rf %s && mkdir -p %s"):format(folder, folder))
  upheaval.make(folder)
  server = example.start(folder, { build = build, core = SERVER_CORE, workers = 2 })
end

local NAMES = { "steady", "eager", "new", "mixed", "waiting" }

-- Those who ask at a rate, those who ask as fast as they can, those who are new each time, those who do all that the
-- example can, those who always wait.
local function start_clients(port)
  local targets = folder .. "/targets"
  traffic.write(targets, example.log_in(port, example.ada), example.log_in(port, example.bob))
  return sieges.start(program, { port = port, seconds = 3600, core = CLIENT_CORE, parties = {
    { "healthy", name = "steady", clients = 32, rate = 500, path = "/version", from = "127.0.1.1" },
    { "healthy", name = "eager", clients = 16, path = "/version", from = "127.0.2.1" },
    { "healthy", name = "new", clients = 16, rate = 100, renew = 1, path = "/version", from = "127.0.3.1" },
    { "healthy", name = "mixed", clients = 16, rate = 200, targets = targets, from = "127.0.5.1" },
    { "healthy", name = "waiting", clients = 16, path = "/nap", from = "127.0.4.1" },
  } })
end

local KINDS = { "refused", "unconnected", "reset", "closed", "timeout", "malformed", "status" }

-- All parties' counts together.
local function sum(result)
  local total = {}
  for _, party in pairs(result) do
    for name, count in pairs(type(party) == "table" and party or {}) do
      if type(count) == "number" then total[name] = (total[name] or 0) + count end
    end
  end
  return total
end

local function show(result)
  for _, name in ipairs(NAMES) do
    local party, kinds = result[name], {}
    for _, kind in ipairs(KINDS) do
      if party[kind] > 0 then kinds[#kinds + 1] = ("%s %d"):format(kind, party[kind]) end
    end
    print(("%-8s %8d requests, %d failed%s; p50 %.1f ms, p99 %.1f ms, longest %.0f ms"):format(name, party.sent,
      party.failed, #kinds > 0 and (" (" .. table.concat(kinds, ", ") .. ")") or "", party.p50_ms, party.p99_ms,
      party.max_ms))
  end
end

local function say(good, text, ...)
  print((good and "good: " or "BAD:  ") .. text:format(...))
  return good
end

local parts = {}

-- wrk beside it, until it is told to stop: another client's opinion.
local function start_wrk(port)
  local pipe = assert(io.popen(("echo $$; exec taskset -c %d wrk --threads 1 --connections 32 --duration 3600s " ..
    "http://127.0.0.1:%d/version"):format(CLIENT_CORE, port)))
  return { pipe = pipe, pid = pipe:read "l" }
end

local function finish_wrk(wrk)
  servers.capture("kill -INT " .. wrk.pid)
  local text = wrk.pipe:read "a"
  wrk.pipe:close()
  return text
end

-- Each change is announced by SIGHUP; each second one only by the files themselves.
function parts.reload()
  local watcher, siege, wrk = upheaval.watch(server.port), start_clients(server.port), start_wrk(server.port)
  local effective, longest = 0, 0
  for i = 1, times do
    upheaval.change(folder, i + 1)
    if i % 2 == 1 then upheaval.hang_up(server.pid) end
    local began = socket.gettime()
    local seen, versions = watcher:wait(i + 1)
    if not seen then
      print(("change %d did not take effect; seen: %s"):format(i, table.concat(versions, " ")))
      break
    end
    effective, longest = effective + 1, math.max(longest, socket.gettime() - began)
  end
  watcher:close()
  siege:stop()
  local result, wrk_says = siege:finish(), finish_wrk(wrk)
  show(result)
  print(wrk_says)
  print(("until all of 16 connections saw a change: at most %.0f ms"):format(longest * 1000))
  local wrk_failed = wrk_says:find "Socket errors" or wrk_says:find "Non%-2xx"
  return { say(effective == times, "%d of %d changes took effect", effective, times),
    say(sum(result).failed == 0, "%d requests failed", sum(result).failed),
    say(not wrk_failed, "wrk saw %s", wrk_failed and "failures" or "no failure"),
    say(server:stop() == 0, "the server ended in order") }
end

-- One every second. What may fail is what was under way in the killed worker: at most a request for each connection.
function parts.kill()
  local siege = start_clients(server.port)
  siege:line()
  local killed, connections, none = 0, 0, 0
  for _ = 1, times do
    local victim, held = upheaval.kill_worker(server.pid)
    if victim then killed, connections = killed + 1, connections + held else none = none + 1 end
    siege:line() -- a second passes
  end
  siege:stop()
  local result = siege:finish()
  show(result)
  local all = sum(result)
  local other = all.failed - all.reset - all.closed
  print(("%d workers were killed, which had %d sockets; %d times there was none to kill"):format(killed, connections,
    none))
  return { say(killed > 0 and all.lost <= connections, "%d requests were lost", all.lost),
    say(other == 0, "%d requests failed in other ways than with their connection", other),
    say(#upheaval.workers(server.pid) == 2, "%d workers serve at the end", #upheaval.workers(server.pid)),
    say(server:stop() == 0, "the server ended in order") }
end

-- What was sent is answered. Whoever comes later is refused, which is no loss: they have sent nothing.
function parts.drain()
  local lost, other, answered, codes = 0, 0, 0, {}
  for i = 1, times do
    if i > 1 then start_server() end
    local siege = start_clients(server.port)
    siege:line()
    codes[server:stop() or -1] = true
    siege:stop()
    local result = siege:finish()
    local all = sum(result)
    lost, other = lost + all.lost, other + all.status
    answered = answered + all.answered
    if all.lost + all.status > 0 then show(result) end
  end
  return { say(lost == 0, "%d of %d requests were lost", lost, answered + lost),
    say(other == 0, "%d had another status", other),
    say(next(codes) == 0 and next(codes, 0) == nil, "the server ended in order, %d times", times) }
end

print("load of the machine: " .. servers.capture("cat /proc/loadavg"):match "%S+ %S+")
start_server()
local ok, verdicts = xpcall(assert(parts[what]), debug.traceback)
server:stop "KILL" -- if it lives still
assert(ok, verdicts)
for _, good in ipairs(verdicts) do
  if not good then os.exit(1) end
end
