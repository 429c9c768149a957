-- Who stands behind a token is remembered from one request to the next, and forgotten at once when it changes: by this
-- server, by another one on the same database, by a program that knows nothing of Writ.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

describe("what is remembered of a token", function()
  local one, two, ada, admin, data

  before_each(function()
    data = servers.capture("mktemp -d"):gsub("%s+$", "")
    one = servers.start { folder = ".", seed = "tests/fixtures.sql", data = data }
    two = servers.start { folder = ".", data = data }
    ada = one:login("ada@example.com", "ada-loves-engines")
    admin = one:login("root@example.com", "root-reads-audits")
    for _, server in ipairs { one, two, one, two } do -- remembered by both
      assert.equal(200, server:request("GET", "/me", { token = ada }).status)
      assert.equal(200, server:request("GET", "/users", { token = admin }).status)
    end
  end)

  after_each(function()
    assert.equal(0, one:stop())
    assert.equal(0, two:stop())
    os.execute("rm -rf " .. data)
  end)

  local function id_of(token) return one:request("GET", "/me", { token = token }).json.id end

  for where, server in pairs { ["this server"] = function() return one end, ["another server"] = function() return two end } do
    it("ends with the session, ended on " .. where, function()
      assert.equal(204, server():request("POST", "/logout", { token = ada }).status)
      assert.equal(401, one:request("GET", "/me", { token = ada }).status)
      assert.equal(401, two:request("GET", "/me", { token = ada }).status)
    end)

    it("ends with the person, deleted on " .. where, function()
      local id = id_of(ada)
      one:execute "DELETE FROM transfers; DELETE FROM accounts"
      assert.equal(200, one:request("GET", "/me", { token = ada }).status)
      assert.equal(200, two:request("GET", "/me", { token = ada }).status)
      assert.equal(204, server():request("DELETE", "/users/" .. id, { token = admin }).status)
      assert.equal(401, one:request("GET", "/me", { token = ada }).status)
      assert.equal(401, two:request("GET", "/me", { token = ada }).status)
    end)

    it("changes with the role, given on " .. where, function()
      local id = id_of(ada)
      assert.equal(403, one:request("GET", "/users", { token = ada }).status)
      assert.equal(403, two:request("GET", "/users", { token = ada }).status)
      local reply = server():request("PUT", "/users/" .. id .. "/role", { token = admin, json = { role = "admin" } })
      assert.equal(200, reply.status, reply.body)
      assert.equal(200, one:request("GET", "/users", { token = ada }).status)
      assert.equal(200, two:request("GET", "/users", { token = ada }).status)
    end)
  end

  it("is not believed when another program has written", function()
    one:execute "UPDATE users SET role = 'user' WHERE email = 'root@example.com'"
    assert.equal(403, one:request("GET", "/users", { token = admin }).status)
    assert.equal(403, two:request("GET", "/users", { token = admin }).status)

    assert.equal(403, one:request("GET", "/users", { token = ada }).status)
    assert.equal(403, two:request("GET", "/users", { token = ada }).status)
    one:execute "UPDATE users SET role = 'admin' WHERE email = 'ada@example.com'"
    local public = { json = { email = "new@example.com", name = "New", password = "new-loves-novelties" } }
    assert.equal(201, two:request("POST", "/users", public).status) -- which looks at nobody's session
    assert.equal(200, one:request("GET", "/users", { token = ada }).status)
    assert.equal(200, two:request("GET", "/users", { token = ada }).status)

    one:execute "DELETE FROM writ_session"
    assert.equal(401, two:request("GET", "/me", { token = ada }).status)
    assert.equal(401, one:request("GET", "/me", { token = ada }).status)
  end)
end)

describe("servers of two versions of an app, on one database,", function()
  local me, ban = [[{
    "summary": "Who calls", "route": "GET /me",
    "requires": { "auth": ["user", "admin"], "validates": { "type": "object", "properties": {} } },
    "uses": { "queries": ["users.me"] },
    "ensures": { "returns": { "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] } }
  }]], [[{
    "summary": "Bans ada", "route": "POST /ban",
    "requires": { "auth": ["admin"], "validates": { "type": "object", "properties": {} } },
    "uses": { "queries": ["users.ban"] },
    "ensures": { "returns": { "204": null }, "audit": "ban" }
  }]]

  local function files(principal)
    local policy = json.decode(folder.base["contracts/policy.json"])
    policy.tables.bans = { shared = "It is tested" }
    return {
      ["contracts/policy.json"] = json.encode(policy),
      ["contracts/migrations/0002_bans.sql"] =
        "CREATE TABLE bans (id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL) STRICT;",
      ["contracts/queries/users.sql"] = ([[
-- name: principal :one
SELECT id, role FROM users WHERE %s;
-- name: me :one
SELECT id FROM users WHERE id = :principal_id;
-- name: ban :exec
INSERT INTO bans (id, user_id) VALUES (:new_id, 'ada');
]]):format(principal),
      ["contracts/me.json"] = me,
      ["app/handlers/me.lua"] = "return function(_, ctx) return ctx.db.users.me() end\n",
      ["contracts/ban.json"] = ban,
      ["app/handlers/ban.lua"] = "return function(_, ctx) ctx.db.users.ban() end\n",
    }
  end

  it("forget whom either of them changes", function()
    local old, remove_old = folder.make(files "id = :principal_id")
    local new, remove_new = folder.make(files
      "id = :principal_id AND NOT EXISTS (SELECT 1 FROM bans WHERE user_id = users.id)")
    local one = servers.start { folder = new, dev = false }
    local two = servers.start { folder = old, dev = false, data = one.data }
    one:execute "INSERT INTO users VALUES ('ada', 'a', 'user', 'x'), ('root', 'r', 'admin', 'x')"
    local function token(principal, role)
      return servers.capture(
        ("WRIT_AUDIT_KEY=%s %s token create --principal %s --label x --roles %s --expires 1h --data %s %s"):format(
          ("5a"):rep(32), servers.quote(servers.writ), principal, role, one.data, new)):match "%S+"
    end
    local ada, root = token("ada", "user"), token("root", "admin")
    local function status() return one:request("GET", "/me", { token = ada }).status end
    assert.same({ 200, 200 }, { status(), status() })
    assert.equal(204, two:request("POST", "/ban", { token = root }).status)
    local after = status()
    assert.same({ 0, 0 }, { two:stop(), one:stop() })
    remove_old()
    remove_new()
    assert.equal(401, after)
  end)
end)
