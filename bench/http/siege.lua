-- `./dev siege`: healthy clients beside attackers. bench/README.md says what is shown.
--
--   lua5.4 bench/http/siege.lua BUILD FOLDER [SECONDS [PART…] [hello]]
--
-- BUILD has the programs; the example app is served from a copy in FOLDER (emptied before), for each part anew, on
-- core 0; all clients are on core 1. The healthy ones come from addresses of their own, at rates that the example's
-- policy allows; the attackers of a part from others, after a calm of some seconds, for SECONDS (20). With "hello"
-- the bare server (bench/http/hello.c) is besieged instead, which shows what machine and clients have to do with it.
package.path = "bench/http/?.lua;" .. package.path
local servers = require "servers"
local sieges = require "sieges"
local example = require "example"

local build, folder = arg[1], arg[2]
local seconds = tonumber(arg[3] or 20)
local SERVER_CORE, CLIENT_CORE = 0, 1
local CALM = 5
local P99_MS = 50
local SPARE_KB = 2048 -- that the server may take for itself meanwhile
local ADDRESSES = 20 -- of attackers: what one address may have is a limit of its own, which the floods meet

-- `kb`: what a connection of theirs may cost the server, as docs/operations.md says: 1.5 KB always, 13 KB with TLS, and
-- while it is needed, up to twice a head (16 KB), a body (64 KB), what is pipelined (64 KB), a reply (76 KB),
-- a handshake (32 KB).
local parts = {
  { "nobody", {}, kb = 1.5 },
  { "slow-heads", { "slowloris", clients = 2000, interval = 5, part = "head" }, kb = 33.5 },
  { "slow-bodies", { "slowloris", clients = 2000, interval = 5, part = "body", path = "/login" }, kb = 33.5 + 128 },
  { "slow-tls", { "slowloris", clients = 2000, interval = 5, part = "tls" }, kb = 1.5 + 64, tls = true },
  { "slow-readers", { "slow-reader", clients = 500, depth = 100, path = "/openapi.json" }, kb = 33.5 + 128 + 152 },
  { "idle", { "idle", clients = 10000, path = "/me", status = 0, ramp = 4000 }, kb = 1.5 },
  { "flood", { "flood", clients = 2000, addresses = 1 }, kb = 1.5 },
  { "asking-flood", { "flood", clients = 2000, addresses = 1, depth = 1, path = "/me", status = 0 }, kb = 33.5 },
  { "pipelines", { "pipeline", clients = 8, depth = 5000, path = "/me", status = 0 }, kb = 33.5 + 128 },
}

-- Kept connections and new ones, 5 and 2.5 requests a second from each address.
local function healthy(token, tls)
  local kept = { "healthy", name = "kept", clients = 64, addresses = 64, from = "127.0.1.1", rate = 320 }
  local new = { "healthy", name = "new", clients = 16, addresses = 16, from = "127.0.2.1", rate = 40, renew = 1 }
  for _, party in ipairs { kept, new } do party.path, party.token, party.tls = "/me", token, tls and 1 or 0 end
  return kept, new
end

local function print_row(...)
  local cells = { ... }
  for i, cell in ipairs(cells) do cells[i] = math.type(cell) == "float" and ("%.1f"):format(cell) or tostring(cell) end
  print("| " .. table.concat(cells, " | ") .. " |")
end

-- The kinds of failures that there were: "reset 3, status 4".
local function failures(party)
  local found = {}
  for _, kind in ipairs { "refused", "unconnected", "reset", "closed", "timeout", "malformed", "status" } do
    if party[kind] > 0 then found[#found + 1] = ("%s %d"):format(kind, party[kind]) end
  end
  return #found > 0 and table.concat(found, ", ") or "0"
end

local function statuses(party)
  local found = {}
  for status, count in pairs(party.statuses) do found[#found + 1] = ("%s: %d"):format(status, count) end
  table.sort(found)
  return table.concat(found, ", ")
end

-- What the kernel holds for all TCP sockets of this machine, clients' included.
local function kernel_kb()
  return tonumber(servers.capture("cat /proc/net/sockstat"):match "TCP:.-mem (%d+)") * 4
end

-- Besieges a new server; says what was seen.
local function besiege(part, server, token)
  local attackers, parties = part[2], { healthy(token, part.tls) }
  if attackers[1] then
    attackers.from, attackers.name = "127.0.3.1", "attackers"
    attackers.addresses = attackers.addresses or ADDRESSES
    parties[#parties + 1] = attackers
  end
  local p99s = { kept = {}, new = {} } -- of each second of the siege
  local before, most, open, kernel = nil, { rss_kb = 0, fds = 0 }, 0, { kernel_kb(), 0 }
  local result = sieges.run(build .. "/bench/bench_siege",
    { port = server.port, parties = parties, calm = CALM, seconds = CALM + seconds, core = CLIENT_CORE },
    function(line)
      local sample = server:sample()
      if line.second < CALM then before = sample end -- at the last one they are coming
      for name, seen in pairs(p99s) do
        if line.second > CALM then seen[#seen + 1] = line[name].p99_ms end
      end
      for name, value in pairs(most) do most[name] = math.max(value, sample[name]) end
      open = math.max(open, line.attackers and line.attackers.open or 0)
      kernel[2] = math.max(kernel[2], kernel_kb())
    end)
  result.p99s = p99s
  result.before, result.most, result.open, result.kernel_kb = before, most, open, kernel[2] - kernel[1]
  return result
end

-- Of the calm and of the siege, and the median of the siege's seconds: what else the machine does is in few of these.
local function p99_text(party, seconds_p99)
  table.sort(seconds_p99)
  return ("%.1f → %.1f (%.1f)"):format(party.calm.p99_ms, party.siege.p99_ms, seconds_p99[#seconds_p99 // 2 + 1])
end

local function show(part, result)
  local kept, new, attackers = result.kept, result.new, result.attackers
  local grown = result.most.rss_kb - result.before.rss_kb
  local held = math.max(result.most.fds - result.before.fds, 0)
  print_row(part[1],
    p99_text(kept, result.p99s.kept), failures(kept), p99_text(new, result.p99s.new), failures(new),
    ("%d"):format(result.open), attackers and ("%.0f"):format(attackers.opened / seconds) or "",
    attackers and statuses(attackers) or "",
    ("%.1f → %.1f"):format(result.before.rss_kb / 1024, result.most.rss_kb / 1024), held,
    held > 0 and ("%.1f (%g)"):format(grown / held, part.kb) or "", ("%.1f"):format(result.kernel_kb / 1024))
  local unharmed = kept.failed == 0 and new.failed == 0
  local quick = kept.siege.p99_ms <= P99_MS and new.siege.p99_ms <= P99_MS
  return unharmed and quick and grown <= held * part.kb + SPARE_KB
end

local wanted = {}
for i = 4, #arg do wanted[arg[i]] = true end
local bare = wanted.hello
wanted.hello = nil

-- The server, and the token of somebody whom it knows.
local function start(tls)
  if bare then return servers.start("hello", build .. "/bench/bench_hello", SERVER_CORE, folder), "-" end
  example.copy(folder, "contracts/templates/signed_in.json") -- what limits Ada; all addresses are limited
  if tls then example.use_tls(folder) end
  local server = example.start(folder, { build = build, core = SERVER_CORE })
  return server, example.log_in(server.port, nil, tls and "https")
end

local function run_part(part)
  servers.capture(("rm -rf %s && mkdir -p %s"):format(folder, folder))
  local server, token = start(part.tls)
  local ok, result = xpcall(besiege, debug.traceback, part, server, token)
  local exit_code = server:stop()
  assert(ok, result)
  local good = show(part, result)
  if exit_code ~= 0 then print(part[1] .. ": the server ended with " .. tostring(exit_code)) end
  return good and (bare or exit_code == 0)
end

io.stdout:setvbuf "line"
print("load of the machine before: " .. servers.capture("cat /proc/loadavg"):match "%S+ %S+")
print_row("attackers", "kept: p99 ms", "failed", "new: p99 ms", "failed", "attackers' connections at most",
  "opened per second", "replies to them", "RSS, MB", "descriptors more", "KB for each (stated)",
  "kernel's for sockets, MB more")
print(("|---"):rep(12) .. "|")
local bad = {}
for _, part in ipairs(parts) do
  if (next(wanted) == nil or wanted[part[1]]) and not run_part(part) then bad[#bad + 1] = part[1] end
end
servers.capture("rm -rf " .. folder)
if #bad > 0 then
  print(("failures, a p99 above %d ms, or too much memory: "):format(P99_MS) .. table.concat(bad, ", "))
  os.exit(1)
end
