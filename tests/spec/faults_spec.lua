-- A disk that is full, breaks, or lies, while clients write: each is answered, what was acknowledged is there with its
-- audit row, nothing is half done, and once the disk is well again so is the server, without a restart.
-- `./dev crash ROUNDS io` (or full, or fsync) runs more rounds.
local ledgers = require "support.ledger"
local disks = require "support.disk"
local servers = require "support.server"
local socket = require "socket"

local rounds = math.max((tonumber(os.getenv "WRIT_CRASH_ROUNDS") or 1) // 10, 1)
local seed = tonumber(os.getenv "WRIT_TEST_SEED" or 1)

describe(("a disk that fails (%d rounds, seed %d)"):format(rounds, seed), function()
  local ledger, disk

  before_each(function()
    math.randomseed(seed)
    ledger, disk = ledgers.new(), disks.new(seed)
  end)

  after_each(function()
    ledger:remove()
    disk:remove()
  end)

  local function was_refused() return ledger.refused[500] or ledger.refused[503] end

  -- An fsync that fails once may be one of the checkpoint, of which nobody hears.
  local function has_failed() return disk:has_failed "sync" end

  -- Clients write; faults ({ sync = true }) begin a moment after the first write was acknowledged (before, the log may have
  -- nothing that could be in doubt) and are over after another, once somebody has felt them (was refused). Then they write
  -- on, unless `finish` does something else.
  local function write_through(to, faults, finish, felt)
    felt = felt or was_refused
    local first = #ledger.acknowledged + 1
    local begin_at, finish_at, before
    ledger:write(to, function()
      local now = socket.gettime()
      if not begin_at then
        begin_at = #ledger.acknowledged >= first and now + math.random() * 0.05 or nil
      elseif not finish_at and now >= begin_at then
        for fault, how in pairs(faults) do disk:set(fault, how) end
        finish_at = now + 0.02 + math.random() * 0.05
      elseif finish_at and not before and now >= finish_at and felt() then
        before = #ledger.acknowledged
        if finish then
          finish()
        else
          for fault in pairs(faults) do disk:set(fault, false) end
        end
      end
      return before and not finish and #ledger.acknowledged > before + 100
    end)
  end

  local function expect_only(statuses)
    for status in pairs(ledger.refused) do
      assert.truthy(statuses[status], ("%d times %d"):format(ledger.refused[status], status))
    end
  end

  -- Writes until there is no room, and so many calls were refused; then on, once a command has made room.
  local function fill(server, refusals, make_room)
    local before
    ledger:write({ server }, function()
      if not before and (ledger.refused[503] or 0) > refusals then
        ledger:check(server)
        before = #ledger.acknowledged
        os.execute(make_room)
      end
      return before and #ledger.acknowledged > before + 100
    end)
    expect_only { [418] = true, [503] = true }
    ledger:check(server)
    assert.equal(0, server:stop())
    ledger:check_chain()
  end

  local kinds = {
    { "io", "its reads", { read = true } },
    { "io", "its writes", { write = true } },
    { "io", "the middle of writes", { torn = true } },
    { "io", "its shared memory", { shared_memory = true } },
    { "io", "everything, now and then", {
      read = "sometimes", write = "sometimes", torn = "sometimes", truncate = "sometimes", shared_memory = "sometimes",
      sync = "sometimes",
    } },
    { "fsync", "its fsync", { sync = true } },
    { "full", "its room", { full = true } },
  }
  for _, kind in ipairs(kinds) do
    local tag, where, faults = table.unpack(kind)
    it(("in %s #%s"):format(where, tag), function()
      for _ = 1, rounds do
        ledger:begin_anew()
        local server = ledger:serve { environment = disk:environment() }
        -- What another process writes must be read.
        local other = faults.read and ledger:serve() or nil
        write_through({ server, other }, faults)
        assert.truthy(server:alive())
        assert.truthy((ledger.refused[500] or 0) + (ledger.refused[503] or 0) > 0)
        expect_only { [418] = true, [500] = true, [503] = true }
        ledger:check(server)
        if other then assert.equal(0, other:stop()) end
        assert.equal(0, server:stop())
        ledger:check_chain()
      end
    end)
  end

  -- A limit on the size of files, instead of a disk of which nothing is left.
  it("by a limit on the size of files #full", function()
    for _ = 1, rounds do
      ledger:begin_anew()
      local server = ledger:serve()
      local limit = ("prlimit --pid %s --fsize="):format(server:workers()[1])
      assert(os.execute(limit .. 512 * (400 + math.random(400)) .. ":unlimited"))
      -- The log has grown by then, too.
      fill(server, 2000, limit .. "unlimited:unlimited")
    end
  end)

  it("by a small file system #full", function()
    for _ = 1, rounds do
      ledger:begin_anew()
      local folder = servers.quote(ledger.data)
      if not os.execute(("mount -t tmpfs -o size=1m tmpfs %s 2>&1"):format(folder)) then
        return pending "only root may mount a file system"
      end
      local _ <close> = setmetatable({}, { __close = function() os.execute("umount -l " .. folder) end })
      local server = ledger:serve()
      fill(server, 200, "mount -o remount,size=64m " .. folder)
    end
  end)

  -- What was refused since it could not be made durable was written all the same, and must not come back.
  it("and is killed while its fsync fails #fsync", function()
    for round = 1, rounds * 2 do
      ledger:begin_anew()
      local server = ledger:serve { environment = disk:environment() }
      -- If it fails once, they are told for sure that nothing was done.
      local once = round % 2 == 0
      write_through({ server }, { sync = once and "once" or true }, function()
        os.execute("kill -KILL " .. server.pid)
      end, once and has_failed or function() return ledger.unknown > 0 end)
      assert.equal(once, ledger.unknown == 0)
      server:wait()
      disk:set("sync", false)
      server = ledger:serve()
      ledger:check(server)
      assert.equal(0, server:stop())
      ledger:check_chain()
    end
  end)

  local function restart_without_memory()
    disks.lose_memory(ledger.data)
    local server = ledger:serve()
    ledger:check(server)
    assert.equal(0, server:stop())
    ledger:check_chain()
  end

  -- All of it, or some sectors of what was written meanwhile are on the disk: pages of the log are torn.
  it("and loses what was not made durable #kill #fsync", function()
    disk:set("loses", true)
    for round = 1, rounds * 4 do
      ledger:begin_anew()
      disk:set("leaks", round % 2 == 0)
      local server = ledger:serve { environment = disk:environment() }
      if round % 4 == 2 then write_through({ server }, { sync = "once" }, nil, has_failed) end
      if round % 4 == 3 then write_through({ server }, { sync = true }) end
      local kill_at = socket.gettime() + 0.02 + math.random() * 0.1
      ledger:write({ server }, function()
        if kill_at and socket.gettime() >= kill_at then
          os.execute("kill -KILL " .. server.pid)
          kill_at = nil
        end
      end)
      server:wait()
      restart_without_memory()
    end
  end)

  -- What of it got to the disk nobody knows, and nobody is told anything else.
  it("and loses its power while its fsync fails #fsync", function()
    disk:set("loses", true)
    disk:set("leaks", true)
    for _ = 1, rounds * 3 do
      ledger:begin_anew()
      local server = ledger:serve { environment = disk:environment() }
      write_through({ server }, { sync = true }, function() os.execute("kill -KILL " .. server.pid) end,
        function() return ledger.unknown > 0 end)
      server:wait()
      disk:set("sync", false)
      restart_without_memory()
    end
  end)
end)
