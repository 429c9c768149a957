-- writ token: tokens for machines, made, listed and revoked while a server serves.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local key = "WRIT_AUDIT_KEY=" .. ("5a"):rep(32)

local function contract(route, change)
  return folder.me(route, function(c)
    c.ensures.returns = {
      type = "object",
      properties = { id = { type = { "string", "integer" } } },
      required = { "id" },
    }
    if change then change(c) end
  end)
end

local me = "return function(_, ctx) return ctx.db.users.me() end\n"

local function files(id_type)
  return {
    ["contracts/migrations/0001_base.sql"] = ([[
CREATE TABLE users (id %s NOT NULL PRIMARY KEY, role TEXT NOT NULL DEFAULT 'user', password_hash TEXT) STRICT;
CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id %s NOT NULL, body TEXT NOT NULL) STRICT;
]]):format(id_type, id_type),
    ["contracts/queries/users.sql"] = [[
-- name: principal :one
-- json: roles
SELECT id, json_array(role, 'reader') AS roles FROM users WHERE id = :principal_id;
-- name: me :one
SELECT id FROM users WHERE id = :principal_id;
]],
    ["contracts/me.json"] = contract "GET /me",
    ["app/handlers/me.lua"] = me,
    ["contracts/admin.json"] = contract("GET /admin", function(c) c.requires.auth = { "admin" } end),
    ["app/handlers/admin.lua"] = me,
    ["contracts/scoped.json"] = contract("GET /scoped", function(c) c.requires.scopes = { "notes:read" } end),
    ["app/handlers/scoped.lua"] = me,
    ["contracts/notes/one.json"] = folder.contract(),
  }
end

describe("writ token", function()
  local path, remove, server

  local function start(id_type, people)
    path, remove = folder.make(files(id_type or "TEXT"))
    server = servers.start { folder = path, dev = false }
    server:execute("INSERT INTO users (id, role) VALUES " .. (people or "('ada', 'user'), ('root', 'admin')"))
  end

  after_each(function()
    if server then assert.equal(0, server:stop()) end
    if remove then remove() end
    server, remove = nil, nil
  end)

  -- stdout, stderr and exit code.
  local function run(arguments)
    local out = { servers.capture(("%s %s token %s --data %s %s 2>%s/error"):format(
      key, servers.quote(servers.writ), arguments, server.data, path, path)) }
    return out[1], servers.read_file(path .. "/error"), out[2] or 0
  end

  local function create(arguments)
    local out, err, code = run("create " .. arguments)
    assert.equal(0, code, err)
    assert.matches("^[%w_-]+\n$", out)
    assert.equal(44, #out)
    return out:sub(1, -2)
  end

  local function list(arguments)
    local out, err, code = run("list --json " .. (arguments or ""))
    assert.equal(0, code, err)
    local rows = {}
    for line in out:gmatch "[^\n]+" do rows[#rows + 1] = json.decode(line) end
    return rows
  end

  local function status(token, target) return server:request("GET", target or "/me", { token = token }).status end

  local ada = "--principal ada --label ci --roles user --expires 90d "

  it("makes one that a server takes at once, and revokes it before the next request", function()
    start()
    local connection = server:connect()
    local function get(token) return connection:request("GET", "/me", { token = token }) end
    local token = create(ada)
    assert.equal("ada", get(token).json.id)
    assert.equal(200, get(token).status)
    local out, err, code = run("revoke --id " .. list()[1].id:sub(1, 12))
    assert.equal(0, code, err)
    assert.equal("1 token was revoked\n", out)
    assert.equal(401, get(token).status)
    assert.same({}, list())
    connection:close()
  end)

  it("is good for the roles and scopes that were given, and only what the principal still has", function()
    start()
    server:execute "UPDATE users SET role = 'admin' WHERE id = 'ada'"
    local plain = create "--principal root --label a --roles reader --expires 1h"
    local admin = create "--principal root --label b --roles admin,reader --scopes notes:write --expires 1h"
    local scoped = create "--principal ada --label c --roles admin --scopes 'notes:write, notes:read' --expires 1h"
    assert.same({ 403, 403, 403 }, { status(plain), status(plain, "/admin"), status(plain, "/scoped") })
    assert.same({ 200, 200, 403 }, { status(admin), status(admin, "/admin"), status(admin, "/scoped") })
    assert.same({ 200, 200, 200 }, { status(scoped), status(scoped, "/admin"), status(scoped, "/scoped") })
    server:execute "UPDATE users SET role = 'user'"
    assert.same({ 403, 403 }, { status(admin), status(scoped) }) -- `user` is not theirs
  end)

  it("keeps its hash only, and tells of each change in the audit log", function()
    start()
    local token = create(ada .. "--scopes notes:read")
    local id = list()[1].id
    local row = server:audit()
    assert.equal("token_created", row.action)
    assert.equal("ok", row.outcome)
    assert.same({ token = id:sub(1, 12), principal = "ada", label = "ci" }, json.decode(row.resource))
    local _, err, code = run "revoke --principal ada"
    assert.equal(0, code, err)
    row = server:audit()
    assert.equal("token_revoked", row.action)
    assert.same({ token = id:sub(1, 12), principal = "ada", label = "ci" }, json.decode(row.resource))
    local dump = servers.capture(("sqlite3 -readonly %s/writ.db .dump"):format(server.data))
    assert.truthy(dump:find("token_created", 1, true))
    assert.falsy(dump:find(token, 1, true))
    assert.falsy(server:log():find(token, 1, true))
    local out, problem, verified = servers.run(("audit verify --data %s %s"):format(server.data, path))
    assert.equal(1, verified) -- no key
    assert.truthy(problem:find "key", out)
    out = servers.capture(("%s %s audit verify --data %s %s"):format(key, servers.quote(servers.writ), server.data, path))
    assert.matches("rows, intact", out)
  end)

  it("lists them", function()
    start()
    create(ada .. "--scopes notes:read,x")
    create "--principal root --label '' --roles '' --expires 1h"
    local rows = list()
    assert.equal(2, #rows)
    local first = list("--principal ada")
    assert.equal(1, #first)
    first = first[1]
    assert.same({ "ci", "ada", { "user" }, { "notes:read", "x" } },
      { first.label, first.principal, first.roles, first.scopes })
    assert.equal(first.started, first.last_used)
    assert.truthy(first.expires > first.started)
    local text = run "list"
    assert.matches("id +label +principal +roles +scopes +started +last used +expires\n", text)
    assert.truthy(text:find(first.id:sub(1, 12) .. "  ci ", 1, true))
    assert.truthy(text:find("  user              notes:read,x  ", 1, true))
    server:execute "UPDATE writ_session SET ends_ms = 1 WHERE principal_id = 'ada'"
    assert.same({ "root" }, { list()[1].principal, list()[2] })
  end)

  it("knows a number from digits by whom the policy's query finds", function()
    start("INTEGER", "(7, 'user')")
    assert.equal(7, server:request("GET", "/me", { token = create "--principal 7 --label n --roles user --expires 1h" })
      .json.id)
    assert.equal(7, list("--principal 7")[1].principal)
    assert.equal("1 token was revoked\n", (run "revoke --principal 7"))
  end)

  it("refuses what cannot be meant, and leaves nothing", function()
    start()
    for i = 1, 2 do -- two ids that begin alike
      create(("--principal ada --label n%d --roles user --expires 1h"):format(i))
      server:execute(("UPDATE writ_session SET id = x'%s' WHERE label = 'n%d'"):format(("%02x"):format(i):rep(32)
        :gsub("^..", "00"), i))
    end
    local before = server:audit().id
    for arguments, expected in pairs {
      ["create --principal nobody --label x --roles user --expires 1h"] = { 1, "nobody is nobody by the policy" },
      ["create --principal ada --label x --roles user,admin --expires 1h"] = { 1, "ada has no role admin" },
      ["create --principal ada --label x --roles user"] = { 2, "create needs" },
      ["create --principal ada --label x --expires 1h"] = { 2, "create needs" },
      ["create --principal ada --roles user --expires 1h"] = { 2, "create needs" },
      ["create --label x --roles user --expires 1h"] = { 2, "create needs" },
      ["create --principal ada --label x --roles user --expires 1"] = { 2, "a whole number and a unit" },
      ["create --principal ada --label x --roles user --expires 0h"] = { 2, "a whole number and a unit" },
      ["revoke"] = { 2, "revoke needs" },
      ["revoke --id 00 --principal ada"] = { 2, "revoke needs" },
      ["revoke --id 00"] = { 1, "2 tokens have ids that begin with 00" },
      ["revoke --id zz"] = { 1, "no such token" },
      ["revoke --id %"] = { 1, "no such token" },
      ["revoke --principal root"] = { 1, "no such token" },
    } do
      local out, err, code = run(arguments)
      assert.equal(expected[1], code, arguments)
      assert.truthy(err:find(expected[2], 1, true), arguments .. ": " .. err)
      assert.equal("", out)
    end
    assert.equal(2, #list())
    assert.equal(before, server:audit().id)
  end)

  it("needs the log's key, and makes nothing without it", function()
    start()
    local _, err, code = servers.run(("token create %s --data %s %s"):format(ada, server.data, path))
    assert.equal(1, code)
    assert.truthy(err:find "key", err)
    assert.same({}, list())
  end)

  -- A command that is stopped in the middle of its COMMIT (tests/faults/die_at.c) holds the turn to write.
  it("that is stopped in its turn does not keep a server from being ended", function()
    start()
    local token = create(ada)
    local refused, answered = server:connect(), server:connect()
    for _, connection in ipairs { refused, answered } do
      assert.equal(200, connection:request("GET", "/me", { token = token }).status)
    end
    local build = servers.writ:match "^(.*)/" or "."
    local line = ("%s LD_PRELOAD=%s/tests/die_at.so WRIT_STOP_AT=1 exec %s token revoke --principal ada --data %s %s")
      :format(key .. " ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0",
        build:match "^/" and build or "$PWD/" .. build, servers.quote(servers.writ), server.data, path)
    local pid = servers.capture(("sh -c %s >%s/out 2>&1 </dev/null & echo $!"):format(servers.quote(line), path))
      :match "%d+"
    finally(function()
      os.execute("kill -CONT " .. pid .. " 2>/dev/null")
      if server and server:alive() then os.execute("kill -KILL " .. server.pid) end
    end)
    local function state() return servers.read_file("/proc/" .. pid .. "/stat"):match "%) (%a)" end
    servers.await("it stops in its COMMIT", function()
      assert.not_equal("Z", state())
      return state() == "T"
    end)

    refused:send "GET /me HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer x\r\n\r\n" -- its row waits for the turn
    assert.equal(200, answered:request("GET", "/me", { token = token }).status)
    server:await("it ends", function() -- asked more than once: then it waits for nobody
      os.execute(("kill -TERM %s 2>/dev/null"):format(server.pid))
      return not server:alive()
    end)
    assert.equal(0, server:wait())
    os.execute("kill -CONT " .. pid)
    servers.await("the command ends", function() return servers.is_gone(pid) end)
    assert.equal("1 token was revoked\n", servers.read_file(path .. "/out"))
    os.execute("rm -rf " .. servers.quote(server.data))
    server = nil
  end)
end)
