-- Malicious handlers, careless contracts, careless queries: what none of them can do.
-- The handlers are in tests/attacks/app, their contracts in tests/attacks/contracts.
local servers = require "support.server"

describe("a malicious handler", function()
  local server, ada

  setup(function()
    server = servers.start { folder = "tests/attacks", seed = "tests/attacks/fixtures.sql", dev = false }
    ada = server:login("ada@example.com", "ada-password")
  end)

  teardown(function() assert.equal(0, server:stop()) end)

  local function call(method, path, body, token)
    return server:request(method, path, { token = token or ada, json = body })
  end

  -- The reply is a problem that tells nothing, the database is as before, and the audit row says what happened.
  local function refused(reply, before, status, code, outcome)
    assert.equal(status, reply.status, reply.body)
    assert.equal("application/problem+json", reply.headers["content-type"])
    assert.equal(code, reply.json.code)
    for _, leak in ipairs { "lua", "SELECT", "argon2", "secret", "traceback" } do
      assert.is_nil(reply.body:find(leak, 1, true), reply.body)
    end
    assert.equal(before, server:snapshot())
    local row = server:audit()
    assert.same({ outcome, code, reply.json.request_id }, { row.outcome, row.reason, row.request_id })
    return row
  end

  -- And the next request on the same route is served as if nothing had been.
  local function recovers()
    assert.equal(200, call("POST", "/notes/write", { trick = "behave" }).status)
    assert.is_true(server:alive())
  end

  describe("that updates whatever profile it is given", function()
    local change = { email = "eve@example.com", name = "Eve" }

    it("is stopped by the contract's owns", function()
      local before = server:snapshot()
      refused(call("PATCH", "/users/bob", change), before, 404, "not_found", "denied")
    end)

    it("is stopped by the row where the contract forgot", function()
      local before = server:snapshot()
      local row = refused(call("PUT", "/users/bob", change), before, 500, "contract_breach", "breach")
      assert.matches("users.update_profile: a row of somebody else", row.detail, 1, true)
      assert.equal("ada", row.principal_id)
    end)

    it("serves its purpose otherwise", function()
      assert.equal("Ada L", call("PUT", "/users/ada", { email = "ada@example.com", name = "Ada L" }).json.name)
    end)
  end)

  describe("with a careless query", function()
    local cases = {
      { "mark", { note_id = "b1" } },
      { "upsert", { note_id = "b1" } },
      { "replace_by_id", { note_id = "b1" } },
      { "replace_by_slug", { note_id = "x", slug = "bob-1" } },
      { "steal", { note_id = "b1" } },
      { "give_away", { note_id = "x" } },
      { "delete_all", { note_id = "x" } },
    }
    for _, case in ipairs(cases) do
      local trick, body = table.unpack(case)
      it("cannot " .. trick .. " a row of somebody else", function()
        local before = server:snapshot()
        body.trick, body.body = trick, "hacked"
        local row = refused(call("POST", "/notes/careless", body), before, 500, "contract_breach", "breach")
        assert.matches("notes." .. trick .. ": a row of somebody else", row.detail, 1, true)
      end)
    end

    it("may do all that to its own rows", function()
      for _, trick in ipairs { "mark", "upsert", "replace_by_id" } do
        local reply = call("POST", "/notes/careless", { trick = trick, note_id = "a1", body = "mine" })
        assert.equal(200, reply.status, reply.body)
      end
    end)

    it("sees its own rows, whatever the query forgot", function()
      local reply = call("GET", "/notes/spy")
      assert.equal(200, reply.status, reply.body)
      assert.is_nil(reply.body:find("secret", 1, true))
      assert.is_nil(reply.body:find("b1", 1, true))
      assert.equal(#reply.json.list, reply.json.count)
      assert.equal(1, #call("GET", "/users").json.users)
    end)

    it("sees everybody's rows for a privileged principal only", function()
      local root = server:login("carl@example.com", "root-password")
      assert.equal(4, #call("GET", "/users", nil, root).json.users)
    end)

    it("cannot write a guarded column", function()
      local before = server:snapshot()
      local row = refused(call("POST", "/promote", { role = "admin" }), before, 500, "contract_breach", "breach")
      assert.matches("users.role", row.detail, 1, true)
    end)
  end)

  describe("that chooses its own values", function()
    local cases = {
      "other_id", "other_target", "negative", "role", "tip_too_much", "tip_negative", "tip_text", "tip_nan",
      "tip_infinite", "tip_missing", "tip_is_a_list", "tip_in_pcall",
    }
    for _, trick in ipairs(cases) do
      it("is refused: " .. trick, function()
        local before = server:snapshot()
        refused(call("POST", "/pay", { to = "bb", amount = 10, trick = trick }), before, 500,
          "contract_breach", "breach")
      end)
    end

    it("is refused: parameters that are no table", function()
      local before = server:snapshot()
      refused(call("POST", "/pay", { to = "bb", amount = 10, trick = "tip_is_a_string" }), before, 500,
        "handler_failed", "failed")
    end)

    it("cannot leave a condition broken", function()
      local before = server:snapshot()
      refused(call("POST", "/pay", { to = "bb", amount = 10, trick = "only_credit" }), before, 409,
        "unbalanced", "denied")
      refused(call("POST", "/pay", { to = "bb", amount = 101, trick = "behave" }), before, 409, "overdrawn",
        "denied")
    end)

    it("may do what the contract says", function()
      assert.equal(200, call("POST", "/pay", { to = "bb", amount = 10, trick = "behave" }).status)
      assert.equal(90, server:value "SELECT balance FROM accounts WHERE id = 'aa'")
    end)
  end)

  describe("that returns more than it may", function()
    for _, trick in ipairs { "top", "nested", "in_list" } do
      it("has its reply withheld: " .. trick, function()
        local before = server:snapshot()
        local row = refused(call("GET", "/extra?trick=" .. trick), before, 500, "contract_breach", "breach")
        assert.matches("password_hash", row.detail, 1, true)
      end)
    end
  end)

  describe("that writes and then", function()
    local cases = {
      { "wrong_type", 500, "contract_breach", "breach" },
      { "extra_field", 500, "contract_breach", "breach" },
      { "nothing", 500, "contract_breach", "breach" },
      { "a_function", 500, "contract_breach", "breach" },
      { "wrong_status", 500, "contract_breach", "breach" },
      { "raise", 500, "handler_failed", "failed" },
      { "loop", 500, "handler_deadline", "failed" },
      { "stubborn", 500, "handler_deadline", "failed" },
      { "memory", 500, "handler_memory", "failed" },
      { "stubborn_memory", 500, "handler_memory", "failed" },
      { "recurse", 500, "handler_failed", "failed" },
      { "fail", 409, "refused", "denied" },
      { "fail_undeclared", 500, "contract_breach", "breach" },
      { "fail_in_pcall", 409, "refused", "denied" },
      { "twice", 500, "contract_breach", "breach" },
      { "twice_in_pcall", 500, "contract_breach", "breach" },
      { "twice_in_coroutine", 500, "contract_breach", "breach" },
      { "not_granted", 500, "handler_failed", "failed" },
    }
    for _, case in ipairs(cases) do
      local trick, status, code, outcome = table.unpack(case)
      it(trick .. ", has written nothing", function()
        local before = server:snapshot()
        refused(call("POST", "/notes/write", { trick = trick }), before, status, code, outcome)
        recovers()
      end)
    end

    it("asks in vain for a query that was not granted", function()
      assert.equal(200, call("POST", "/notes/write", { trick = "not_granted_in_pcall" }).status)
      assert.equal(1, server:value "SELECT count(*) FROM notes WHERE id = 'b1'")
    end)

    it("does not harm innocent requests beside it", function()
      local count = "SELECT count(*) FROM notes WHERE body = 'added'"
      local before, connections = server:value(count), {}
      local tricks = { "behave", "loop", "behave", "memory", "behave", "raise", "behave", "wrong_type", "behave" }
      for i, trick in ipairs(tricks) do
        connections[i] = server:connect()
        local body = ('{"trick":"%s"}'):format(trick)
        connections[i]:send(("POST /notes/write HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n" ..
          "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(ada, #body, body))
      end
      for i, trick in ipairs(tricks) do
        assert.equal(trick == "behave" and 200 or 500, connections[i]:receive().status)
        connections[i]:close()
      end
      assert.equal(before + 5, server:value(count))
    end)
  end)

  describe("that crashes the interpreter", function()
    for _, trick in ipairs { "nested_tables", "format", "unpack", "patterns", "rep", "concat" } do
      it("hurts its own request only: " .. trick, function()
        local reply = call("POST", "/crash", { trick = trick })
        assert.is_true(reply.status == 500 or reply.status == 200, reply.body)
        recovers()
      end)
    end

    it("is not called again after a trap", function()
      local before = server:snapshot()
      refused(call("POST", "/crash", { trick = "gmatch" }), before, 500, "handler_trapped", "breach")
      refused(call("POST", "/crash", { trick = "unpack" }), before, 503, "quarantined", "failed")
      recovers()
    end)
  end)

  it("cannot remember anything", function()
    for _ = 1, 3 do assert.same({ seen = {} }, call("GET", "/state").json) end
  end)

  it("cannot find the token or the password", function()
    local reply = call("POST", "/snoop", { visible = "x", password = "ada-password" })
    assert.same({ found = {} }, reply.json)
    assert.is_nil(server:log():find("ada-password", 1, true))
  end)

  it("cannot hand out a token of its own", function()
    local sessions = server:value "SELECT count(*) FROM writ_session"
    local reply = server:request("POST", "/login", { json = { email = "root@example.com", password = "root-password" } })
    assert.same({ 500, "contract_breach" }, { reply.status, reply.json.code })
    assert.equal(sessions, server:value "SELECT count(*) FROM writ_session")
  end)

  it("cannot log somebody else in", function()
    local reply = server:request("POST", "/login", { json = { email = "bob@example.com", password = "bob-password" } })
    assert.equal(200, reply.status, reply.body)
    assert.equal("root", reply.json.id) -- a lie to the client, which `returns` admits
    assert.equal("bob", call("GET", "/me", nil, reply.json.token).json.id)
    assert.equal("bob", server:value "SELECT principal_id FROM writ_session ORDER BY started_ms DESC LIMIT 1")
  end)
end)
