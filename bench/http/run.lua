-- `./dev bench http`: Writ against Fastify + better-sqlite3, over HTTP. bench/README.md says what is compared.
--
--   lua5.4 bench/http/run.lua BUILD FOLDER [ROUNDS [PART…]]
--
-- BUILD has the programs, FOLDER (emptied before) holds databases: on a disk, or an fsync costs nothing. Servers run
-- on core 0, clients on core 1. Contestants take turns, ROUNDS times (5); figures are medians, ratios medians of the
-- rounds' ratios, so that what else the machine does troubles all alike.
-- PARTs: patch, get, plain, latency, mixed (all).
package.path = "bench/http/?.lua;" .. package.path
local servers = require "servers"

local build, folder = arg[1], arg[2]
local rounds = tonumber(arg[3] or 5)
local SERVER_CORE, CLIENT_CORE = 0, 1
local SECONDS, WARMUP = 1, 0.3
local USERS, NOTES = 256, 4

-- --- Measuring. ---

local function median(values)
  table.sort(values)
  local middle = (#values + 1) / 2
  return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
end

local function load_command(server, options)
  local words = { ("taskset -c %d %s/bench/bench_http"):format(CLIENT_CORE, build) }
  for name, value in pairs(options) do
    if name ~= "targets" then words[#words + 1] = ("--%s %s"):format(name, value) end
  end
  words[#words + 1] = ("%d %s"):format(server.port, options.targets or server.targets)
  return table.concat(words, " ")
end

local function read_results(text)
  local results = {}
  for name, value in text:gmatch "(%S+) (%S+)\n" do results[name] = tonumber(value) end
  return results
end

-- Loads a server; options are bench_http's. `cpu_us`: what a reply costs the server.
local function load(server, options)
  options.seconds, options.warmup = options.seconds or SECONDS, options.warmup or WARMUP
  local before = server:cpu_us()
  local results = read_results(servers.capture(load_command(server, options)))
  results.server_us = server:cpu_us() - before
  results.cpu_us = results.server_us / results.replies
  return results
end

-- In turn, `rounds` times: results[name][round] for each { name =, server =, options… }.
local function take_turns(contestants)
  local results = {}
  for round = 1, rounds do
    for name, run in pairs(contestants) do
      results[name] = results[name] or {}
      results[name][round] = run()
    end
  end
  return results
end

local function pick(results, field)
  local values = {}
  for i, result in ipairs(results) do values[i] = result[field] end
  return median(values)
end

-- The median of a's figure over b's, round by round.
local function ratio(a, b, field)
  local values = {}
  for i = 1, #a do values[i] = a[i][field] / b[i][field] end
  return median(values)
end

local function print_row(...)
  local cells = { ... }
  for i, cell in ipairs(cells) do
    cells[i] = math.type(cell) == "float" and ("%.5g"):format(cell) or tostring(cell)
  end
  print("| " .. table.concat(cells, " | ") .. " |")
end

local function print_head(...)
  print_row(...)
  print(("|---"):rep(select("#", ...)) .. "|")
end

-- --- The contestants. ---

local running = {}

local function start(name, command)
  running[name] = servers.start(name, command, SERVER_CORE, folder)
  return running[name]
end

-- Writ's setting stands in writ.json, so each has a copy of the app.
local function start_writ(synchronous)
  local name = "writ-" .. synchronous
  local app = folder .. "/" .. name
  servers.capture(("cp -r bench/http/app %s"):format(app))
  local file = assert(io.open(app .. "/writ.json", "w"))
  file:write(('{ "listen": "127.0.0.1:0", "database": { "synchronous": "%s" } }'):format(synchronous))
  file:close()
  start(name, ("%s/writ serve --no-access-log --data %s/data %s"):format(build, app, app)):fill(USERS, NOTES)
end

local function start_fastify(synchronous)
  local name = "fastify-" .. synchronous
  start(name, ("node bench/http/fastify/server.js %s/%s.db %s"):format(folder, name, synchronous:upper()))
    :fill(USERS, NOTES)
end

-- --- The parts. ---

local parts = {}

function parts.patch()
  print "\nPATCHes per second, each with its audit row (CPU of the server per PATCH, µs)\n"
  print_head("clients", "Writ, full", "Fastify, full", "ratio", "Writ, normal", "Fastify, normal", "ratio")
  for _, clients in ipairs { 1, 4, 16, 64, 256 } do
    local contestants = {}
    for _, name in ipairs { "writ-full", "fastify-full", "writ-normal", "fastify-normal" } do
      contestants[name] = function() return load(running[name], { method = "PATCH", connections = clients }) end
    end
    local results = take_turns(contestants)
    local function cell(name)
      return ("%.0f (%.0f)"):format(pick(results[name], "rate"), pick(results[name], "cpu_us"))
    end
    local function against(synchronous)
      return ("%.1f"):format(ratio(results["writ-" .. synchronous], results["fastify-" .. synchronous], "rate"))
    end
    print_row(clients, cell "writ-full", cell "fastify-full", against "full", cell "writ-normal",
      cell "fastify-normal", against "normal")
  end
end

function parts.get()
  print "\nGETs per second, 64 clients\n"
  print_head("", "per second", "CPU per GET, µs", "against hello", "against Fastify")
  local contestants = {}
  for _, name in ipairs { "writ-full", "fastify-full", "hello" } do
    contestants[name] = function() return load(running[name], { method = "GET", connections = 64 }) end
  end
  local results = take_turns(contestants)
  for _, name in ipairs { "hello", "writ-full", "fastify-full" } do
    print_row(name, pick(results[name], "rate"), pick(results[name], "cpu_us"),
      ratio(results[name], results.hello, "rate"), ratio(results[name], results["fastify-full"], "rate"))
  end
end

-- What the checks, the sandbox and HTTP cost without a database: token, rate limit, schemas of input and reply, Lua.
function parts.plain()
  print "\nWithout a database, 64 clients\n"
  print_head("", "per second", "CPU, µs", "against hello")
  local writ, contestants = running["writ-full"], {}
  for _, method in ipairs { "GET", "PATCH" } do
    contestants[method] = function()
      return load(writ, { method = method, connections = 64, targets = writ.plain_targets })
    end
  end
  contestants.hello = function() return load(running.hello, { method = "GET", connections = 64 }) end
  local results = take_turns(contestants)
  for _, name in ipairs { "hello", "GET", "PATCH" } do
    print_row(name, pick(results[name], "rate"), pick(results[name], "cpu_us"),
      ratio(results[name], results.hello, "rate"))
  end
end

-- The top rate is found in the same round. What the disk needs at that time stands beside it: no server is faster.
function parts.latency()
  print "\nLatency of PATCHes at half of the top rate, 64 connections, open loop, ms\n"
  print_head("", "top rate", "offered", "p50", "p99", "p99.9")
  local contestants = {
    ["4 KB and fdatasync"] = function()
      return read_results(servers.capture(("%s/bench/bench_disk %s/disk"):format(build, folder)))
    end,
  }
  for _, name in ipairs { "writ-full", "fastify-full" } do
    contestants[name] = function()
      local top = load(running[name], { method = "PATCH", connections = 64 }).rate
      local results = load(running[name], { method = "PATCH", connections = 64, rate = top / 2, seconds = 3 })
      results.top = top
      return results
    end
  end
  for name, results in pairs(take_turns(contestants)) do
    local rates = results[1].top and { pick(results, "top"), pick(results, "rate") } or { "", "" }
    print_row(name, rates[1], rates[2], pick(results, "p50_us") / 1000, pick(results, "p99_us") / 1000,
      pick(results, "p999_us") / 1000)
  end
end

-- Both at once: results of each, and the CPU time that the server used for all of it.
local function load_both(server, reads, writes)
  for method, options in pairs { GET = reads, PATCH = writes } do
    options.method, options.seconds, options.warmup, options.connections = method, SECONDS, WARMUP, 64
  end
  local before = server:cpu_us()
  local output = servers.capture(("%s >%s/writes & %s; wait; echo --; cat %s/writes"):format(
    load_command(server, writes), folder, load_command(server, reads), folder))
  local first, second = output:match "^(.*)%-%-\n(.*)$"
  return read_results(first), read_results(second), server:cpu_us() - before
end

-- On one core reads and writes share it, so reads are fewer beside writes in any case. What slows a read down is what
-- it costs more than alone. Its cost beside writes is what the server used, less what so many writes cost alone, for
-- each read. That is CPU time, which a busy machine does not change.
local function mix(server)
  local reads = load(server, { method = "GET", connections = 64 })
  local writes = load(server, { method = "PATCH", connections = 64 })
  local beside, those, used_us = load_both(server, {}, {})
  local cost = (used_us - those.replies * writes.cpu_us) / beside.replies
  local fifth = reads.rate / 5
  local calm = load(server, { method = "GET", rate = fifth, connections = 64 })
  local half = load_both(server, { rate = fifth }, { rate = writes.rate / 2 })
  local full, all = load_both(server, { rate = fifth }, {})
  return { reads = reads.rate, reads_beside = beside.rate, writes_beside = those.rate, alone_us = reads.cpu_us,
    beside_us = cost, speed = reads.cpu_us / cost, calm_50 = calm.p50_us, calm_99 = calm.p99_us, half_50 = half.p50_us,
    half_99 = half.p99_us, full_50 = full.p50_us, full_99 = full.p99_us, full_writes = all.rate }
end

function parts.mixed()
  print "\nReads while writes run at full rate, 64 clients each, on one core\n"
  local results = take_turns { mix = function() return mix(running["writ-full"]) end }.mix
  local function value(field, divisor) return pick(results, field) / (divisor or 1) end
  local function latency(field)
    return ("%.2f, %.2f"):format(value(field .. "_50", 1000), value(field .. "_99", 1000))
  end
  print_head("", "")
  print_row("reads per second alone", value "reads")
  print_row("reads and writes per second together", ("%.0f, %.0f"):format(value "reads_beside", value "writes_beside"))
  print_row("CPU of a read alone, µs", value "alone_us")
  print_row("CPU of a read beside writes, µs", value "beside_us")
  print_row("**speed of reads beside writes against alone** (goal: 0.8)", value "speed")
  print_row("reads at a fifth of their top rate, alone: p50, p99, ms", latency "calm")
  print_row("… beside writes at half of their top rate", latency "half")
  print_row(("… beside %.0f writes per second, as many as go"):format(value "full_writes"), latency "full")
end

print("load of the machine before: " .. servers.capture("cat /proc/loadavg"):match "%S+ %S+")
servers.capture(("rm -rf %s && mkdir -p %s"):format(folder, folder))
local ok, problem = xpcall(function()
  for _, synchronous in ipairs { "full", "normal" } do
    start_writ(synchronous)
    start_fastify(synchronous)
  end
  start("hello", build .. "/bench/bench_hello"):aim "/"
  local wanted = #arg > 3 and { table.unpack(arg, 4) } or { "patch", "get", "plain", "latency", "mixed" }
  for _, part in ipairs(wanted) do assert(parts[part], "no such part: " .. part)() end
end, debug.traceback)
for _, server in pairs(running) do server:stop() end
servers.capture("rm -rf " .. folder)
assert(ok, problem)
