-- `writ audit prune`, beside a server that goes on writing, and against somebody who has the database and sqlite3.
local servers = require "support.server"
local ledgers = require "support.ledger"
local json = require "cjson"

local key = ("5a"):rep(32)

describe("writ audit prune", function()
  local ledger

  local function command(arguments, data, other_key)
    return ("WRIT_AUDIT_KEY=%s %s audit %s --data %s %s 2>&1"):format(other_key or key, servers.quote(servers.writ),
      arguments, data or ledger.data, ledger.path)
  end

  local function audit(arguments, data, other_key) return servers.capture(command(arguments, data, other_key)) end

  local function sql(text, data)
    local out, code = servers.capture(("sqlite3 -cmd \"ATTACH '%s/past.db' AS past\" %s/writ.db %s 2>&1"):format(
      ledger.data, data or ledger.data, servers.quote(text)))
    assert.truthy(code == nil or code == 0, out)
    return out
  end

  local function keep(line)
    local name = os.tmpname()
    servers.write_file(name, line)
    return name
  end

  setup(function() ledger = ledgers.new() end)
  teardown(function() ledger:remove() end)

  it("goes on beside a server that writes, whose rows continue the chain", function()
    local server = ledger:serve()
    local pruning, wanted
    ledger:write({ server }, function()
      local done = #ledger.acknowledged
      if not pruning and done >= 200 then
        pruning = assert(io.popen(command "prune --before 0s"))
        wanted = done + 400
      end
      return wanted and done >= wanted
    end)
    local out = pruning:read "a"
    local _, _, code = pruning:close()
    assert.equal(0, code or 0, out)
    local pruned = tonumber(out:match "(%d+) rows were pruned\n$")
    assert.truthy(pruned and pruned >= 200, out)

    local rows = server:rows "SELECT count(*) AS n, min(id) AS first, max(id) AS last FROM writ_audit"[1]
    assert.equal(pruned + 1, rows.first)
    assert.equal(rows.n, rows.last - pruned)
    assert.equal(0, server:stop())
    ledger:check_chain()
  end)

  it("is refused with what it would not heed", function()
    local before = sql "SELECT count(*) FROM writ_audit"
    for _, arguments in ipairs { "prune --before 2100-01-01 --principal x", "prune --before 2100-01-01 --limit 1",
      "verify --outcome denied", "checkpoint --against x", "list --before 2100-01-01" } do
      local out, code = audit(arguments)
      assert.equal(2, code)
      assert.matches("is not understood", out, 1, true)
    end
    assert.equal(before, sql "SELECT count(*) FROM writ_audit")
  end)

  describe("once the oldest rows are gone", function()
    local before, late

    -- What there is now: rows up to `first` were pruned, and then, up to `second`.
    local first, second

    setup(function()
      before = keep((audit "checkpoint"))
      sql "CREATE TABLE past.everything AS SELECT * FROM writ_audit"
      first = tonumber(sql "SELECT max(id) FROM writ_audit")
      assert.equal(0, select(2, audit "prune --before 2100-01-01"))
      sql [[CREATE TABLE past.base AS SELECT * FROM writ_audit_base;
        INSERT INTO past.everything SELECT * FROM writ_audit WHERE action = 'audit_pruned']]
      local server = ledger:serve()
      local written = #ledger.acknowledged
      ledger:write({ server }, function() return #ledger.acknowledged >= written + 50 end)
      assert.equal(0, server:stop())
      second = tonumber(sql "SELECT max(id) FROM writ_audit")
      assert.equal(0, select(2, audit "prune --before 2100-01-01"))
      server = ledger:serve()
      written = #ledger.acknowledged
      ledger:write({ server }, function() return #ledger.acknowledged >= written + 20 end)
      assert.equal(0, server:stop())
      late = keep((audit "checkpoint"))
    end)

    teardown(function()
      os.remove(before)
      os.remove(late)
    end)

    it("says so when it verifies", function()
      local out, code = audit "verify"
      local there = tonumber(sql "SELECT count(*) FROM writ_audit")
      assert.equal(0, code, out)
      assert.matches(("^%d rows, intact\nrows up to %d were pruned at %%d+%%-%%d%%d%%-%%d%%dT[%%d:.]+Z, as row %d tells\n$")
        :format(there, second, second + 1), out)
    end)

    it("tells of it in the log", function()
      local out, code = audit "list --json --action audit_pruned"
      assert.equal(0, code, out)
      local row = json.decode(out:match "[^\n]+")
      assert.equal("ok", row.outcome)
      assert.equal("", row.handler)
      assert.same({ up_to = second }, row.resource)
      local user = servers.capture "echo $(id -un) $(id -u)"
      assert.equal(("%d rows, up to row %d; by %s (user %s)"):format(second - first, second, user:match "(%S+) (%S+)"),
        row.detail)
    end)

    it("has an answer of its own for a checkpoint from before", function()
      local out, code = audit("verify --against " .. before)
      assert.equal(1, code)
      assert.matches(("the log is intact, but the checkpoint is of row %d, and the rows up to %d were pruned since")
        :format(first, second), out, 1, true)
      out, code = audit("verify --against " .. late)
      assert.equal(0, code, out)
    end)

    it("shows what somebody without the key does to its beginning", function()
      for change, message in pairs {
        ["DELETE FROM writ_audit_base"] = "audit row 1 is missing",
        ["DROP TABLE writ_audit_base"] = "no such table: writ_audit_base",
        ["DELETE FROM writ_audit WHERE id <= (SELECT min(id) + 5 FROM writ_audit)"] = "is missing",
        [ [[UPDATE writ_audit_base SET id = id + 5, hash = (SELECT hash FROM writ_audit
          WHERE writ_audit.id = writ_audit_base.id + 5); DELETE FROM writ_audit
          WHERE id <= (SELECT id FROM writ_audit_base)]] ] = "(writ_audit_base) was changed",
        ["UPDATE writ_audit_base SET pruned_ms = pruned_ms - 86400000"] = "(writ_audit_base) was changed",
        ["REPLACE INTO writ_audit_base SELECT * FROM past.base"] = "is missing",
        [ [[REPLACE INTO writ_audit_base SELECT * FROM past.base;
          INSERT OR IGNORE INTO writ_audit SELECT * FROM past.everything]] ] = "stands in its place",
        ["DELETE FROM writ_audit WHERE id > (SELECT id FROM writ_audit_base)"] = "newest rows were cut off",
      } do
        local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
        servers.capture(("cp %s/writ.db %s/"):format(ledger.data, folder))
        sql("DROP TRIGGER writ_audit_no_update; DROP TRIGGER writ_audit_no_delete; " .. change, folder)
        local out, code = audit("verify", folder)
        assert.equal(1, code, change)
        assert.matches(message, out, 1, true)
        out, code = audit("prune --before 2100-01-01", folder) -- nor can it be pruned away
        assert.equal(1, code, change)
        assert.matches(message, out, 1, true)
        os.execute("rm -rf " .. folder)
      end
    end)

    it("needs a time, and the key", function()
      for arguments, expected in pairs { ["prune"] = 2, ["prune --before soon"] = 2, ["prune --before 2026-02-30"] = 2 } do
        local out, code = audit(arguments)
        assert.equal(expected, code, arguments)
        assert.matches("--before TIME", out, 1, true)
      end
      assert.equal(1, select(2, audit("prune --before 2100-01-01", nil, ("5b"):rep(32))))
      assert.equal(0, select(2, audit "prune --before 2020-01-01"))
      assert.equal(0, select(2, audit "verify"))
    end)
  end)
end)
