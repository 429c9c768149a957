-- `./dev soak`: mixed traffic for a long time. bench/README.md says what is shown.
--
--   lua5.4 bench/http/soak.lua BUILD FOLDER [MINUTES]
--
-- BUILD has the programs; the example app is served from a copy in FOLDER (emptied before; samples.csv stays in it),
-- with two workers on core 0. Clients are on core 1. First the top rate is looked for, then 70 % of it offered for
-- MINUTES (30).
package.path = "bench/http/?.lua;" .. package.path
local servers = require "servers"
local sieges = require "sieges"
local example = require "example"
local traffic = require "traffic"

local build, folder = arg[1], arg[2]
local minutes = tonumber(arg[3] or 30)
local SERVER_CORE, CLIENT_CORE = 0, 1
local SHARE, TOP_SECONDS, SAMPLE_SECONDS = 0.7, 10, 10
local KEPT, NEW = 64, 16 -- clients; one request in fifty is on a connection of its own

-- The least that a leak can be: malloc's smallest piece, for each request of the rarest kind (one in a thousand). Any
-- leak that comes with one kind of request grows at least so fast.
local LEAK_BYTES, RAREST = 32, 1000

-- --- Straight lines. ---

-- Least squares: how much y grows with each unit of x, and the standard error of that.
local function slope(xs, ys)
  local n, mean_x, mean_y = #xs, 0, 0
  for i = 1, n do mean_x, mean_y = mean_x + xs[i] / n, mean_y + ys[i] / n end
  local xx, xy = 0, 0
  for i = 1, n do
    xx, xy = xx + (xs[i] - mean_x) ^ 2, xy + (xs[i] - mean_x) * (ys[i] - mean_y)
  end
  local steep, rest = xy / xx, 0
  for i = 1, n do rest = rest + (ys[i] - mean_y - steep * (xs[i] - mean_x)) ^ 2 end
  return steep, math.sqrt(rest / (n - 2) / xx)
end

local function column(samples, name)
  local values = {}
  for i, sample in ipairs(samples) do values[i] = sample[name] end
  return values
end

-- --- The soak. ---

local function parties(rate, targets)
  local kept = { "healthy", name = "kept", clients = KEPT, addresses = KEPT, from = "127.0.1.1", renew = 1000,
    targets = targets, rate = rate * 0.98 }
  local new = { "healthy", name = "new", clients = NEW, addresses = NEW, from = "127.0.2.1", renew = 1,
    targets = targets, rate = rate * 0.02 }
  return rate > 0 and { kept, new } or { kept }
end

local function file_bytes(path)
  local file = io.open(path)
  if not file then return 0 end
  local size = file:seek "end"
  file:close()
  return size
end

local FIELDS = { "second", "rate", "p99_ms", "failed", "processes", "threads", "fds", "rss_kb", "anonymous_kb",
  "database_bytes", "wal_bytes" }

local function take_sample(server, line, before)
  local sample = server:sample()
  sample.second = line.second
  sample.answered = line.kept.answered + line.new.answered
  sample.rate = (sample.answered - (before and before.answered or 0)) / (line.second - (before and before.second or 0))
  sample.failed, sample.p99_ms = line.kept.failed + line.new.failed, line.kept.p99_ms
  sample.database_bytes = file_bytes(folder .. "/data/writ.db")
  sample.wal_bytes = file_bytes(folder .. "/data/writ.db-wal")
  return sample
end

local function write_sample(file, sample)
  local cells = {}
  for i, name in ipairs(FIELDS) do cells[i] = ("%.10g"):format(sample[name]) end
  file:write(table.concat(cells, ","), "\n")
  file:flush()
end

local function show_sample(sample)
  print(("| %.0f | %.0f | %.1f | %.0f | %d | %d | %.1f | %.1f | %.0f | %.1f |"):format(sample.second / 60, sample.rate,
    sample.p99_ms, sample.failed, sample.fds, sample.threads, sample.rss_kb / 1024, sample.anonymous_kb / 1024,
    sample.database_bytes / 1e6, sample.wal_bytes / 1e6))
end

local function soak(server)
  local targets = folder .. "/targets"
  traffic.write(targets, example.log_in(server.port, example.ada), example.log_in(server.port, example.bob))
  local program = build .. "/bench/bench_siege"
  local top = sieges.run(program, { port = server.port, seconds = TOP_SECONDS, core = CLIENT_CORE,
    parties = parties(0, targets) })
  local rate = top.kept.answered / top.seconds
  print(("top rate: %.0f requests a second, %.0f failed; offered: %.0f for %g minutes\n"):format(rate, top.kept.failed,
    rate * SHARE, minutes))
  print "| minute | a second | p99 ms | failed | descriptors | threads | RSS, MB | anonymous | database, MB | log |"
  print(("|---"):rep(10) .. "|")
  local samples, csv = {}, assert(io.open(folder .. "/samples.csv", "w"))
  csv:write(table.concat(FIELDS, ","), "\n")
  local every = math.max(1, math.min(SAMPLE_SECONDS, minutes * 60 // 30)) -- three times six after the warm-up
  local result = sieges.run(program, { port = server.port, seconds = minutes * 60, core = CLIENT_CORE,
    parties = parties(rate * SHARE, targets) }, function(line)
      if line.second % every ~= 0 then return end
      local sample = take_sample(server, line, samples[#samples])
      samples[#samples + 1] = sample
      write_sample(csv, sample)
      if line.second % 60 < every then show_sample(sample) end
    end)
  csv:close()
  return samples, result
end

-- --- The verdict. ---

local function say(good, text, ...)
  print((good and "good: " or "BAD:  ") .. text:format(...))
  return good
end

-- Of each six samples the least: what is needed for a moment only (a password's hash takes 19 MB) is no leak.
local function least_of(samples, name)
  local seconds, values = {}, {}
  for i = 1, #samples - 5, 6 do
    local value = math.huge
    for j = i, i + 5 do value = math.min(value, samples[j][name]) end
    seconds[#seconds + 1], values[#values + 1] = samples[i].second, value
  end
  return seconds, values
end

-- After the warm-up, the first third.
local function after_warm_up(samples)
  local warm, rest = minutes * 60 / 3, {}
  for _, sample in ipairs(samples) do
    if sample.second > warm then rest[#rest + 1] = sample end
  end
  return rest
end

-- What is measured has an error: it is good if it is below the bound within two of them, and these are below it too.
local function judge(samples, result, exit_code)
  local rest = after_warm_up(samples)
  local seconds = column(rest, "second")
  local length = seconds[#seconds] - seconds[1]
  local rate = (rest[#rest].answered - rest[1].answered) / length
  local memory, memory_error = slope(least_of(rest, "anonymous_kb"))
  local fds, fds_error = slope(seconds, column(rest, "fds"))
  local threads = column(rest, "threads")
  table.sort(threads)
  local grown, bound = memory * 1024 / rate * RAREST, LEAK_BYTES
  local noise = memory_error * 1024 / rate * RAREST
  local failed = result.kept.failed + result.new.failed
  local verdicts = {
    say(failed == 0, "%d of %d requests failed (%d on kept connections)", failed,
      result.kept.sent + result.new.sent, result.kept.failed),
    say(grown - 2 * noise < bound and 2 * noise < bound,
      "anonymous memory grew by %.1f ± %.1f bytes per 1,000 requests (less than %d)%s", grown, noise, bound,
      (2 * noise < bound or grown - 2 * noise >= bound) and "" or ": it was too short to tell"),
    say((fds - 2 * fds_error) * length < NEW, "descriptors grew by %.1f ± %.1f in %.0f minutes (less than %d)",
      fds * length, fds_error * length, length / 60, NEW),
    say(threads[1] == threads[#threads], "threads: %d to %d", threads[1], threads[#threads]),
    say(exit_code == 0, "the server ended with %s", tostring(exit_code)),
  }
  for _, good in ipairs(verdicts) do
    if not good then return false end
  end
  return true
end

io.stdout:setvbuf "line"
print("load of the machine before: " .. servers.capture("cat /proc/loadavg"):match "%S+ %S+")
servers.capture(("rm -rf %s && mkdir -p %s"):format(folder, folder))
example.copy(folder, "all")
local server = example.start(folder, { build = build, core = SERVER_CORE, workers = 2 })
local ok, samples, result = xpcall(soak, debug.traceback, server)
local exit_code = server:stop()
assert(ok, samples)
print("\nload of the machine after: " .. servers.capture("cat /proc/loadavg"):match "%S+ %S+")
if not judge(samples, result, exit_code) then os.exit(1) end
