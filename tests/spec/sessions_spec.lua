-- Sessions and tokens that end with rows: each request below is the very next one.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local key = ("5a"):rep(32)

local me = "return function(input, ctx) return ctx.db.users.me() end\n"

-- Changes somebody's row, as an admin.
local function change(route, query, fields)
  return folder.me(route, function(c)
    c.requires.auth = { "admin" }
    c.requires.validates = { type = "object", properties = fields, required = {} }
    for name in pairs(fields) do table.insert(c.requires.validates.required, name) end
    c.uses = { queries = { query }, unowned = json.decode(('{"%s": "an admin may"}'):format(query)) }
    c.ensures = { returns = { ["204"] = json.null }, audit = "change" }
  end)
end

local id = { type = "string", maxLength = 40 }

local files = {
  ["contracts/policy.json"] = folder.base["contracts/policy.json"]:gsub('"privileged"',
    '"unowned": ["users.remove", "users.reset"], "privileged"'),
  ["contracts/queries/users.sql"] = [[
-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;
-- name: me :one
SELECT id, role FROM users WHERE id = :principal_id;
-- name: remove :exec
DELETE FROM users WHERE id = :id;
-- name: reset :exec
UPDATE users SET password_hash = :password WHERE id = :id;
]],
  ["contracts/me.json"] = folder.me "GET /me",
  ["app/handlers/me.lua"] = me,
  ["contracts/remove.json"] = change("DELETE /users/{id}", "users.remove", { id = id }),
  ["app/handlers/remove.lua"] = "return function(_, ctx) ctx.db.users.remove() end\n",
  ["contracts/reset.json"] = change("POST /users/{id}/password", "users.reset",
    { id = id, password = { type = "string", format = "password", maxLength = 100 } }),
  ["app/handlers/reset.lua"] = "return function(_, ctx) ctx.db.users.reset() end\n",
}

local people = "INSERT INTO users (id, email, role, password_hash) VALUES ('ada', 'a', 'user', 'x'),"
  .. " ('bob', 'b', 'admin', 'x'), ('7', 's', 'user', 'x'), ('root', 'r', 'admin', 'x');"

describe("sessions", function()
  local path, remove, server, root
  local roles = { root = "admin", bob = "admin" }

  local function token(who)
    local command = "WRIT_AUDIT_KEY=%s %s token create --principal %s --label x --roles %s --expires 1h --data %s %s"
    local out, code = servers.capture(command:format(key, servers.quote(servers.writ), who, roles[who] or "user",
      server.data, path))
    assert.is_true(code == nil or code == 0)
    return (out:gsub("\n", ""))
  end

  -- As a log-in makes it.
  local function session(who)
    local bearer = token(who)
    server:execute(([[UPDATE writ_session SET label = NULL, roles = NULL, scopes = NULL
      WHERE principal_id = '%s']]):format(who))
    return bearer
  end

  local function status(method, target, bearer, body)
    return server:request(method, target, { token = bearer, json = body }).status
  end

  setup(function()
    path, remove = folder.make(files)
    local seed = path .. "/people.sql"
    servers.write_file(seed, people)
    server = servers.start { folder = path, seed = seed }
    root = session "root"
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  it("end, and tokens do not, when an admin resets the password", function()
    local person, machine, other = session "ada", token "ada", session "bob"
    assert.equal(200, status("GET", "/me", person))
    assert.equal(204, status("POST", "/users/ada/password", root, { password = "a new one, long" }))
    assert.equal(401, status("GET", "/me", person))
    for _, bearer in ipairs { machine, other, root } do assert.equal(200, status("GET", "/me", bearer)) end
  end)

  it("end with their principal's row, as tokens do: an id that is used again inherits nothing", function()
    local person, machine = session "7", token "7"
    for _, bearer in ipairs { person, machine } do assert.equal(200, status("GET", "/me", bearer)) end
    assert.equal(204, status("DELETE", "/users/7", root))
    server:execute "INSERT INTO users (id, email, password_hash) VALUES ('7', 'again', 'x')"
    for _, bearer in ipairs { person, machine } do assert.equal(401, status("GET", "/me", bearer)) end
    assert.equal(0, server:value "SELECT count(*) FROM writ_session WHERE principal_id = '7'")
    assert.equal(200, status("GET", "/me", root))
  end)
end)
