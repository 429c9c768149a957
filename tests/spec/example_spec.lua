-- The example app, from request to audit row.
local servers = require "support.server"

local ada_id = "01890000-0000-7000-8000-00000000000a"
local bob_id = "01890000-0000-7000-8000-00000000000b"
local root_id = "01890000-0000-7000-8000-00000000000f"
local ada_note, bob_note = "01890000-0000-7000-8000-0000000000a1", "01890000-0000-7000-8000-0000000000b1"
local ada_money, ada_savings = "01890000-0000-7000-8000-0000000000a3", "01890000-0000-7000-8000-0000000000a4"
local bob_money = "01890000-0000-7000-8000-0000000000b3"

local function problem(reply, status, code)
  assert.equal(status, reply.status, reply.body)
  assert.equal("application/problem+json", reply.headers["content-type"])
  assert.equal(status, reply.json.status)
  assert.equal(code, reply.json.code)
  assert.is_string(reply.json.title)
  assert.matches("^%x+%-%x+%-7%x+%-%x+%-%x+$", reply.json.request_id)
  assert.equal(reply.json.request_id, reply.headers["x-request-id"])
end

describe("the example app", function()
  local server, ada, bob, root

  setup(function()
    server = servers.start { seed = "tests/fixtures.sql" }
    ada = server:login("ada@example.com", "ada-loves-engines")
    bob = server:login("bob@example.com", "bob-builds-bridges")
    root = server:login("root@example.com", "root-reads-audits")
  end)

  teardown(function() assert.equal(0, server:stop()) end)

  local function audited(outcome, reason, action)
    local row = server:audit()
    assert.same({ outcome, reason, action }, { row.outcome, row.reason, row.action })
    return row
  end

  describe("users", function()
    it("register, and are logged in by it", function()
      local reply = server:request("POST", "/users",
        { json = { email = " New@Example.com ", name = " New ", password = "long enough" } })
      assert.equal(201, reply.status, reply.body)
      assert.same({ "new@example.com", "New", "user" }, { reply.json.email, reply.json.name, reply.json.role })
      assert.equal(43, #reply.json.token)
      local me = server:request("GET", "/me", { token = reply.json.token })
      assert.equal(reply.json.id, me.json.id)
      local row = audited("ok", "", "user_registered")
      assert.equal('{"email":"new@example.com"}', row.input)
    end)

    it("store neither password nor token as they are", function()
      local hash = server:value("SELECT password_hash FROM users WHERE email = 'new@example.com'")
      assert.matches("^%$argon2id%$", hash)
      local dump = servers.capture("cat " .. server.data .. "/writ.db*")
      assert.is_nil(dump:find("long enough", 1, true))
      assert.is_nil(dump:find(ada, 1, true))
    end)

    it("cannot take an address that is taken", function()
      local before = server:snapshot()
      local reply = server:request("POST", "/users",
        { json = { email = "ada@example.com", name = "Eve", password = "long enough" } })
      problem(reply, 409, "email_taken")
      assert.equal(before, server:snapshot())
      local row = audited("denied", "email_taken", "user_registered")
      assert.equal("users.register: a constraint failed: users.email", row.detail)
    end)

    it("log in with the right password only, and an unknown name looks the same", function()
      local wrong = server:request("POST", "/login",
        { json = { email = "bob@example.com", password = "wrong" } })
      problem(wrong, 401, "wrong_credentials")
      audited("denied", "wrong_credentials", "login")
      local unknown = server:request("POST", "/login",
        { json = { email = "nobody@example.com", password = "wrong" } })
      problem(unknown, 401, "wrong_credentials")
      assert.equal(wrong.json.title, unknown.json.title)
    end)

    it("get the session as a cookie, too", function()
      local reply = server:request("POST", "/login",
        { json = { email = "bob@example.com", password = "bob-builds-bridges" } })
      local cookie = reply.headers["set-cookie"]
      assert.matches("^session=[%w_-]+; Path=/; Max%-Age=2592000; HttpOnly; SameSite=Lax", cookie)
      local me = server:request("GET", "/me", { cookie = "a=b; " .. cookie:match "^[^;]+" })
      assert.equal(bob_id, me.json.id)
    end)

    it("change their own profile, not another's", function()
      local change = { email = "ada@example.org", name = "Ada King" }
      local reply = server:request("PATCH", "/users/" .. ada_id, { token = ada, json = change })
      assert.same({ id = ada_id, email = "ada@example.org", name = "Ada King", role = "user" }, reply.json)
      local row = audited("ok", "", "profile_update")
      assert.same({ ada_id, '{"user_id":"' .. ada_id .. '"}', "users.update_profile", reply.headers["x-request-id"] },
        { row.principal_id, row.resource, row.handler, row.request_id })
      local before = server:snapshot()
      problem(server:request("PATCH", "/users/" .. bob_id, { token = ada, json = change }), 404, "not_found")
      assert.equal(before, server:snapshot())
      assert.equal(ada_id, audited("denied", "not_found", "profile_update").principal_id)
    end)

    it("change their password, which ends their other sessions", function()
      local session = function(password)
        return server:request("POST", "/login", { json = { email = "new@example.com", password = password } })
      end
      local first, second = session("long enough").json.token, session("long enough").json.token
      local change = function(current)
        return server:request("POST", "/me/password",
          { token = first, json = { current_password = current, new_password = "longer than before" } })
      end
      problem(change "guess", 401, "wrong_credentials")
      audited("denied", "wrong_credentials", "password_change")
      assert.equal(204, change("long enough").status)
      audited("ok", "", "password_change")
      assert.equal(200, server:request("GET", "/me", { token = first }).status)
      problem(server:request("GET", "/me", { token = second }), 401, "unauthenticated")
      problem(session "long enough", 401, "wrong_credentials")
      assert.equal(200, session("longer than before").status)
    end)

    it("log out", function()
      local token = server:login("root@example.com", "root-reads-audits")
      local reply = server:request("POST", "/logout", { token = token })
      assert.same({ 204, "" }, { reply.status, reply.body })
      problem(server:request("GET", "/me", { token = token }), 401, "unauthenticated")
    end)
  end)

  describe("admins", function()
    it("list users, and nobody else does", function()
      local reply = server:request("GET", "/users", { token = root })
      assert.equal(200, reply.status, reply.body)
      assert.is_true(#reply.json.users >= 3)
      assert.is_nil(reply.body:find "hash")
      problem(server:request("GET", "/users", { token = ada }), 403, "forbidden")
      audited("denied", "forbidden", "users_listed")
    end)

    it("give roles, which count at once", function()
      local set = function(token, id, role)
        return server:request("PUT", "/users/" .. id .. "/role", { token = token, json = { role = role } })
      end
      problem(set(bob, bob_id, "admin"), 403, "forbidden")
      assert.equal("admin", set(root, bob_id, "admin").json.role)
      assert.equal(200, server:request("GET", "/users", { token = bob }).status)
      assert.equal("user", set(root, bob_id, "user").json.role)
      problem(server:request("GET", "/users", { token = bob }), 403, "forbidden")
      problem(set(root, root_id, "user"), 409, "own_role")
      problem(set(root, "01890000-0000-7000-8000-0000000000ff", "user"), 404, "no_such_user")
    end)

    it("delete users, whose sessions are over", function()
      local made = server:request("POST", "/users",
        { json = { email = "gone@example.com", name = "Gone", password = "long enough" } }).json
      problem(server:request("DELETE", "/users/" .. made.id, { token = ada }), 403, "forbidden")
      assert.equal(204, server:request("DELETE", "/users/" .. made.id, { token = root }).status)
      problem(server:request("GET", "/me", { token = made.token }), 401, "unauthenticated")
      problem(server:request("DELETE", "/users/" .. bob_id, { token = root }), 409, "has_accounts")
    end)

    it("read any note, but change none", function()
      assert.equal(bob_note, server:request("GET", "/notes/" .. bob_note, { token = root }).json.id)
      problem(server:request("PATCH", "/notes/" .. bob_note, { token = root, json = { title = "x" } }),
        403, "forbidden")
    end)
  end)

  describe("notes", function()
    it("are written, read, changed in part and deleted by their owner", function()
      local made = server:request("POST", "/notes", { token = ada, json = { title = " T ", body = "" } })
      assert.equal(201, made.status, made.body)
      assert.equal("T", made.json.title)
      local path = "/notes/" .. made.json.id
      assert.same(made.json, server:request("GET", path, { token = ada }).json)
      local changed = server:request("PATCH", path, { token = ada, json = { body = "new" } })
      assert.same({ "T", "new" }, { changed.json.title, changed.json.body })
      assert.equal(204, server:request("DELETE", path, { token = ada }).status)
      problem(server:request("GET", path, { token = ada }), 404, "not_found")
    end)

    it("are nobody else's", function()
      local before = server:snapshot()
      local path = "/notes/" .. ada_note
      problem(server:request("GET", path, { token = bob }), 404, "not_found")
      problem(server:request("PATCH", path, { token = bob, json = { title = "x" } }), 404, "not_found")
      problem(server:request("DELETE", path, { token = bob }), 404, "not_found")
      audited("denied", "not_found", "note_deleted")
      assert.equal(before, server:snapshot())
    end)

    it("are listed, searched, sorted and paged", function()
      local list = function(query)
        return server:request("GET", "/notes" .. query, { token = ada }).json
      end
      assert.equal(2, #list("").notes)
      assert.equal("Bernoulli numbers", list("").notes[1].title)
      assert.equal("Analytical engine", list("?sort=title").notes[1].title)
      assert.equal(1, #list("?q=PATTERNS").notes)
      assert.equal(0, #list("?q=Bridge").notes)
      assert.same({ notes = {}, more = false }, list "?page=2")
      for i = 1, 20 do
        server:request("POST", "/notes", { token = ada, json = { title = "n" .. i, body = "" } })
      end
      assert.same({ 20, true }, { #list("?page=1").notes, list("?page=1").more })
      assert.same({ 2, false }, { #list("?page=2").notes, list("?page=2").more })
    end)
  end)

  describe("transfers", function()
    local function pay(token, from, to, amount)
      return server:request("POST", "/transfers",
        { token = token, json = { from_account = from, to_account = to, amount = amount } })
    end
    local function balance(id)
      return server:value("SELECT balance FROM accounts WHERE id = '" .. id .. "'")
    end

    it("move money, to others' accounts, too", function()
      local reply = pay(ada, ada_money, bob_money, 2500)
      assert.equal(201, reply.status, reply.body)
      assert.equal(2500, reply.json.amount)
      assert.same({ 97500, 52500 }, { balance(ada_money), balance(bob_money) })
      assert.equal(97500, server:request("GET", "/accounts", { token = ada }).json.total)
      assert.equal(reply.json.id, server:request("GET", "/transfers", { token = ada }).json.transfers[1].id)
      audited("ok", "", "transfer")
    end)

    it("never overdraw, never come from others' accounts, never go nowhere", function()
      local before = server:snapshot()
      problem(pay(ada, ada_savings, bob_money, 1), 409, "overdrawn")
      audited("denied", "overdrawn", "transfer")
      problem(pay(ada, bob_money, ada_money, 1), 404, "not_found")
      problem(pay(ada, ada_money, ada_money, 1), 422, "no_such_account")
      problem(pay(ada, ada_money, ada_note, 1), 422, "no_such_account")
      problem(pay(ada, ada_money, bob_money, 0), 422, "invalid_input")
      problem(pay(ada, ada_money, bob_money, -5), 422, "invalid_input")
      problem(pay(ada, ada_money, bob_money, 1.5), 422, "invalid_input")
      assert.equal(before, server:snapshot())
    end)
  end)

  it("limits rates, by principal and by fields", function()
    local change = { email = "ada@example.org", name = "Ada King" }
    local sent, reply = 0
    repeat
      reply = server:request("PATCH", "/users/" .. ada_id, { token = ada, json = change })
      sent = sent + 1
    until reply.status ~= 200 or sent == 20 -- five or so: time gives one back in 12 s
    problem(reply, 429, "rate_limited")
    assert.is_true(tonumber(reply.headers["retry-after"]) >= 1)
    assert.equal("5", reply.headers["ratelimit-limit"])
    audited("denied", "rate_limited", "profile_update")
    assert.equal(200, server:request("PATCH", "/users/" .. bob_id,
      { token = bob, json = { email = "bob@example.com", name = "Bob" } }).status)
  end)

  it("has an audit row for every effect, and secrets in none", function()
    assert.equal(server:value "SELECT count(*) FROM transfers" - 2, -- those of the fixtures
      server:value "SELECT count(*) FROM writ_audit WHERE action = 'transfer' AND outcome = 'ok'")
    local rows = servers.capture(("sqlite3 -readonly %s/writ.db 'SELECT * FROM writ_audit'"):format(server.data))
    for _, secret in ipairs { ada, "ada-loves-engines", "long enough", "longer than before", "argon2" } do
      assert.is_nil(rows:find(secret, 1, true))
      assert.is_nil(server:log():find(secret, 1, true))
    end
  end)
end)

describe("a server that starts again", function()
  it("finds what was acknowledged", function()
    local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    local server = servers.start { seed = "tests/fixtures.sql", data = folder }
    local ada = server:login("ada@example.com", "ada-loves-engines")
    local note = server:request("POST", "/notes", { token = ada, json = { title = "kept", body = "" } }).json
    server:kill "KILL"
    server = servers.start { seed = "tests/fixtures.sql", data = folder }
    assert.equal("kept", server:request("GET", "/notes/" .. note.id, { token = ada }).json.title)
    assert.equal(0, server:stop())
    os.execute("rm -rf " .. folder)
  end)
end)
