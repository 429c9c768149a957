-- `./dev bench http`: Writ against Fastify + better-sqlite3, over HTTP. See bench/README.md for what is compared and why.
--
--   lua5.4 bench/http/run.lua BUILD FOLDER [ROUNDS [PART…]]
--
-- BUILD has the programs, FOLDER (emptied before) holds databases: on a disk, or an fsync costs nothing. Servers run on
-- core 0, clients on core 1. Contestants take turns, ROUNDS times (5); figures are medians, ratios medians of the rounds'
-- ratios, so that what else the machine does troubles all alike. PARTs: patch, get, latency, mixed (default: all).
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
  local words = { build .. "/bench/bench_http" }
  for name, value in pairs(options) do words[#words + 1] = ("--%s %s"):format(name, value) end
  words[#words + 1] = ("--core %d %d %s"):format(CLIENT_CORE, server.port, server.targets)
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
  start(name, ("%s/writ serve --data %s/data %s"):format(build, app, app)):fill(USERS, NOTES)
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

-- The top rate is found in the same round.
function parts.latency()
  print "\nLatency of PATCHes at half of the top rate, 64 connections, open loop, ms\n"
  print_head("", "top rate", "offered", "p50", "p99", "p99.9")
  local contestants = {}
  for _, name in ipairs { "writ-full", "fastify-full" } do
    contestants[name] = function()
      local top = load(running[name], { method = "PATCH", connections = 64 }).rate
      local results = load(running[name], { method = "PATCH", connections = 64, rate = top / 2, seconds = 3 })
      results.top = top
      return results
    end
  end
  for name, results in pairs(take_turns(contestants)) do
    print_row(name, pick(results, "top"), pick(results, "rate"), pick(results, "p50_us") / 1000,
      pick(results, "p99_us") / 1000, pick(results, "p999_us") / 1000)
  end
end

-- Both at once; what the server used per second beside.
local function load_both(server, reads, writes)
  reads.seconds, reads.warmup, reads.method = SECONDS, WARMUP, "GET"
  writes.seconds, writes.warmup, writes.method = SECONDS, WARMUP, "PATCH"
  local output = servers.capture(("%s >%s/writes & %s; wait; echo --; cat %s/writes"):format(
    load_command(server, writes), folder, load_command(server, reads), folder))
  local first, second = output:match "^(.*)%-%-\n(.*)$"
  return { reads = read_results(first), writes = read_results(second) }
end

-- On one core reads and writes share it. So a read is slowed by what it costs more beside writes than alone: its rate
-- is held against what it would be in the share of the core that is left when the writes have had theirs.
function parts.mixed()
  print "\nReads while writes run at full rate, 64 clients each, on one core\n"
  local server = running["writ-full"]
  local results = take_turns {
    all = function()
      local reads = load(server, { method = "GET", connections = 64 })
      local writes = load(server, { method = "PATCH", connections = 64 })
      local both = load_both(server, { connections = 64 }, { connections = 64 })
      local left = 1 - both.writes.rate * writes.cpu_us / 1e6
      local gentle = { rate = reads.rate * 0.2, connections = 64 }
      local calm = load(server, { method = "GET", rate = gentle.rate, connections = 64 })
      local half = load_both(server, gentle, { rate = writes.rate / 2, connections = 64 })
      local full = load_both(server, gentle, { connections = 64 })
      return { alone = reads.rate, beside = both.reads.rate, writes = both.writes.rate, left = left,
        speed = both.reads.rate / (reads.rate * left), calm_p50 = calm.p50_us, calm_p99 = calm.p99_us,
        half_p50 = half.reads.p50_us, half_p99 = half.reads.p99_us,
        full_p50 = full.reads.p50_us, full_p99 = full.reads.p99_us, full_writes = full.writes.rate }
    end,
  }.all
  print_head("", "")
  print_row("reads per second, alone", pick(results, "alone"))
  print_row("reads per second beside writes", pick(results, "beside"))
  print_row("those writes per second", pick(results, "writes"))
  print_row("share of the core that these writes leave", pick(results, "left"))
  print_row("**speed of reads in that share, against alone** (0.8 at least)", pick(results, "speed"))
  print_row("reads at a fifth of their top rate: p50, p99 (ms), alone",
    ("%.2f, %.2f"):format(pick(results, "calm_p50") / 1000, pick(results, "calm_p99") / 1000))
  print_row("… beside writes at half of their top rate",
    ("%.2f, %.2f"):format(pick(results, "half_p50") / 1000, pick(results, "half_p99") / 1000))
  print_row("… beside writes at full rate",
    ("%.2f, %.2f"):format(pick(results, "full_p50") / 1000, pick(results, "full_p99") / 1000))
  print_row("those writes per second", pick(results, "full_writes"))
end

servers.capture(("rm -rf %s && mkdir -p %s"):format(folder, folder))
local ok, problem = xpcall(function()
  for _, synchronous in ipairs { "full", "normal" } do
    start_writ(synchronous)
    start_fastify(synchronous)
  end
  start("hello", build .. "/bench/bench_hello"):aim "/"
  local wanted = #arg > 3 and { table.unpack(arg, 4) } or { "patch", "get", "latency", "mixed" }
  for _, part in ipairs(wanted) do assert(parts[part], "no such part: " .. part)() end
end, debug.traceback)
for _, server in pairs(running) do server:stop() end
servers.capture("rm -rf " .. folder)
assert(ok, problem)
