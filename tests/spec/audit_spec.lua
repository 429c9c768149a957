-- `writ audit`, beside a server that goes on serving.
local servers = require "support.server"
local json = require "cjson"

local key = ("5a"):rep(32)
local ada_id = "01890000-0000-7000-8000-00000000000a"

describe("writ audit", function()
  local server, token

  setup(function()
    server = servers.start { folder = ".", seed = "tests/fixtures.sql" }
    token = server:login("ada@example.com", "ada-loves-engines")
    server:request("POST", "/notes", { token = token, json = { title = "One", body = "x" } })
    server:request("GET", "/notes/01890000-0000-7000-8000-0000000000b1", { token = token })
    server:request("GET", "/me")
    server:request("PATCH", "/users/" .. ada_id, { token = token, json = { email = "ada@example.com", name = "\27[2J" } })
  end)

  teardown(function() assert.equal(0, server:stop()) end)

  local function audit(arguments, data, other_key)
    local out, code = servers.capture(("WRIT_AUDIT_KEY=%s %s audit %s --data %s 2>&1"):format(other_key or key,
      servers.quote(servers.writ), arguments, data or server.data))
    return out, code
  end

  local function rows(arguments)
    local out, code = audit("list --json " .. (arguments or ""))
    assert.equal(0, code, out)
    local found = {}
    for line in out:gmatch "[^\n]+" do found[#found + 1] = json.decode(line) end
    return found
  end

  local function ids(arguments)
    local found = {}
    for i, row in ipairs(rows(arguments)) do found[i] = row.id end
    return found
  end

  describe("list", function()
    it("shows every column, the newest row first", function()
      local found = rows()
      local newest = server:rows "SELECT * FROM writ_audit ORDER BY id DESC LIMIT 1"[1]
      assert.equal(server:value "SELECT count(*) FROM writ_audit", #found)
      assert.equal(newest.id, found[1].id)
      assert.equal(newest.request_id, found[1].request_id)
      assert.equal("profile_update", found[1].action)
      assert.same({ user_id = ada_id }, found[1].resource)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", found[1].time)
      assert.equal(64, #found[1].contract_hash)
    end)

    it("filters", function()
      for filter, where in pairs {
        ["--principal " .. ada_id] = ("principal_id = '%s'"):format(ada_id),
        ["--action login"] = "action = 'login'",
        ["--outcome denied"] = "outcome = 'denied'",
        ["--reason not_found"] = "reason = 'not_found'",
        ["--handler notes.create"] = "handler = 'notes.create'",
        ["--address 127.0.0.1"] = "address = '127.0.0.1'",
        ["--resource 00000000000a"] = "resource LIKE '%00000000000a%'",
        ["--since 1h"] = "1",
        ["--until 1h"] = "0",
        ["--since 2020-01-01 --until 2100-01-01T00:00:00Z"] = "1",
        ["--outcome denied --reason unauthenticated"] = "outcome = 'denied' AND reason = 'unauthenticated'",
      } do
        local expected = {}
        for i, row in ipairs(server:rows("SELECT id FROM writ_audit WHERE " .. where .. " ORDER BY id DESC")) do
          expected[i] = row.id
        end
        assert.same(expected, ids(filter), filter)
      end
      assert.equal(2, #ids "--limit 2")
    end)

    it("commands no terminal", function()
      local out, code = audit "list --limit 1"
      assert.equal(0, code)
      assert.matches("profile_update  by " .. ada_id .. " from 127.0.0.1", out, 1, true)
      assert.falsy((audit ""):find "\27")
    end)

    it("says what it does not understand", function()
      for _, arguments in ipairs { "--since yesterday", "--since 2026-02-30", "--since 2026-01-01T10", "--limit x",
        "--limit -1", "--colour", "lost found" } do
        local out, code = audit(arguments)
        assert.truthy(code == 2 or code == 1, arguments)
        assert.truthy(#out > 0)
      end
      assert.equal(2, select(2, audit "--since yesterday"))
      local out, code = audit("list", "/nonexistent")
      assert.equal(1, code)
      assert.matches("there is no database", out)
    end)
  end)

  -- A copy of the log, changed by somebody who has the file and not the key.
  local function changed(sql)
    local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    servers.capture(("sqlite3 %s/writ.db 'VACUUM INTO \"%s/writ.db\"'"):format(server.data, folder))
    servers.capture(("sqlite3 %s/writ.db 'PRAGMA journal_mode = WAL; DROP TRIGGER writ_audit_no_update;"
      .. " DROP TRIGGER writ_audit_no_delete; %s'"):format(folder, sql))
    return folder
  end

  local function last() return server:value "SELECT max(id) FROM writ_audit" end

  describe("verify", function()
    it("says how many rows are intact", function()
      local out, code = audit "verify"
      assert.equal(0, code, out)
      assert.equal(("%d rows, intact\n"):format(last()), out)
    end)

    it("finds edits, gaps and reordering, and says where", function()
      local denied = server:value "SELECT min(id) FROM writ_audit WHERE outcome = 'denied'"
      for sql, row in pairs {
        ["UPDATE writ_audit SET outcome = \"ok\" WHERE outcome = \"denied\""] = denied,
        ["UPDATE writ_audit SET principal_id = 7 WHERE id = 2"] = 2,
        ["DELETE FROM writ_audit WHERE id = 2"] = 2,
        ["DELETE FROM writ_audit WHERE id = 1"] = 1,
        ["UPDATE writ_audit SET id = -id WHERE id IN (2, 3); UPDATE writ_audit SET id = 5 + id WHERE id < 0"] = 2,
      } do
        local folder = changed(sql)
        local out, code = audit("verify", folder)
        assert.equal(1, code, sql)
        assert.matches(("audit row %d "):format(row), out, 1, true)
        os.execute("rm -rf " .. folder)
      end
    end)

    it("needs the log's key", function()
      local out, code = audit("verify", nil, ("5b"):rep(32))
      assert.equal(1, code)
      assert.matches("audit row 1 ", out, 1, true)
    end)
  end)

  describe("checkpoint", function()
    local kept
    before_each(function()
      kept = os.tmpname()
      servers.write_file(kept, (audit "checkpoint"))
    end)
    after_each(function() os.remove(kept) end)

    it("is passed by a log that has grown", function()
      server:request("GET", "/me")
      local out, code = audit("verify --against " .. kept)
      assert.equal(0, code, out)
    end)

    it("finds a tail that was cut off, which nothing else does", function()
      local folder = changed("DELETE FROM writ_audit WHERE id > 2")
      assert.equal(0, select(2, audit("verify", folder)))
      local out, code = audit("verify --against " .. kept, folder)
      assert.equal(1, code)
      assert.matches("its newest rows were cut off", out)
      os.execute("rm -rf " .. folder)
    end)

    it("is believed from its key's owner only", function()
      local line = servers.read_file(kept)
      for _, forged in ipairs { line:gsub("^%d+", "1"), line:gsub("%x(%s*)$", function(rest)
        return (line:match "(%x)%s*$" == "0" and "1" or "0") .. rest
      end), "", "1 2 3", ("9"):rep(40) .. line, line:gsub(" ", "  ") } do
        servers.write_file(kept, forged)
        local out, code = audit("verify --against " .. kept)
        assert.equal(1, code, forged)
        assert.matches("checkpoint", out)
      end
    end)

    it("takes the last of several lines", function()
      server:request("GET", "/me")
      local file = assert(io.open(kept, "a"))
      file:write((audit "checkpoint"))
      file:close()
      assert.equal(0, select(2, audit("verify --against " .. kept)))
    end)
  end)
end)
