-- What somebody could do who has taken over a worker, or the builder, of a real server (tests/faults/probe.c tries).
local servers = require "support.server"

local refusals = { "passwd", "app", "outside", "socket", "connect", "kill", "code", "root" }
local of_workers = { "board" }
local is_root = servers.capture "id -u":match "%d+" == "0"

-- Options: worker and builder (what is tried there), and those of support.server.
local function start(options)
  options.environment = ("WRIT_AUDIT_KEY=%s ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 LD_PRELOAD=%s/tests/probe.so "
    .. "WRIT_PROBE_WORKER=%s WRIT_PROBE_BUILDER=%s"):format(("5a"):rep(32), servers.writ:match "^(.*)/",
    options.worker or "", options.builder or "")
  options.seed = "tests/fixtures.sql"
  return servers.start(options)
end

-- What came of each attempt; "trying": the process did not survive it.
local function results(server, process)
  local found = {}
  for name, result in server:log():gmatch("probe: writ%-" .. process .. ": (%w+): ([^\n]+)") do found[name] = result end
  return found
end

local refused = { ["Operation not permitted"] = true, ["Permission denied"] = true, ["Function not implemented"] = true }

local function expect_refused(server, process)
  local found = results(server, process)
  for _, list in ipairs { refusals, process == "worker" and of_workers or nil } do
    for _, name in ipairs(list) do
      assert.truthy(refused[found[name]], ("%s: %s: %s"):format(process, name, found[name]))
    end
  end
end

local function log_in(server) return server:login("ada@example.com", "ada-loves-engines") end

-- The example, served for this user.
local function app_of(user)
  local folder = servers.capture "mktemp -d":gsub("%s+$", "")
  os.execute(("cp -r contracts app %s"):format(folder))
  servers.write_file(folder .. "/writ.json", ('{ "user": "%s" }'):format(user))
  return folder
end

describe("confinement", function()
  local server

  after_each(function()
    if not server.ended then server:stop() end
    os.remove "/tmp/writ-probe"
  end)

  it("refuses worker and builder what leads out, and both go on", function()
    local all = table.concat(refusals, ",")
    server = start { worker = all .. "," .. table.concat(of_workers, ","), builder = all }
    assert.equal(200, server:request("GET", "/me", { token = log_in(server) }).status)
    expect_refused(server, "worker")
    expect_refused(server, "builder")
    assert.equal(0, server:stop())
  end)

  for _, attempt in ipairs { "exec", "ptrace" } do
    it("ends a worker that calls " .. attempt, function()
      server = start { worker = attempt }
      local connection = server:connect()
      local result
      server:await("it has tried", function()
        result = results(server, "worker")[attempt]
        return server:log():find "ended by signal 31" or result and result ~= "trying"
      end)
      connection:close()
      -- A sanitized build needs ptrace for itself.
      assert.truthy(result == "trying" or attempt == "ptrace" and refused[result], result)
      assert.truthy(server:alive())
    end)
  end

  if not is_root then return end

  it("is by another user's rights, over a reload as well", function()
    local folder, data = app_of "nobody", servers.capture "mktemp -d":gsub("%s+$", "")
    os.execute("chown nobody " .. data)
    server = start { worker = "passwd,root", builder = "passwd,root", folder = folder, data = data }
    local token = log_in(server)
    assert.equal(200, server:request("GET", "/me", { token = token }).status)
    local status = servers.read_file(("/proc/%s/status"):format(server:workers()[1]))
    assert.truthy(status:find "Uid:\t65534\t65534\t65534\t65534")
    assert.truthy(status:find "CapPrm:\t0+\n")
    assert.equal("Operation not permitted", results(server, "worker").root)
    assert.equal("Operation not permitted", results(server, "builder").root)
    assert.equal("nobody", servers.capture("stat -c %U " .. data .. "/writ.db"):match "%S+")

    -- The builder and the workers, which could not read the folder by themselves.
    os.execute(("sed -i 's/Your own profile/Oneself/' %s/contracts/users/me.json && kill -HUP %s"):format(folder, server.pid))
    server:await_log "loaded again: generation 2"
    assert.equal(200, server:request("GET", "/me", { token = token }).status)
    assert.equal(0, server:stop())
    os.execute(("rm -rf %s %s"):format(folder, data))
  end)
end)
