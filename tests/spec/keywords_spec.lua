-- Keywords of the language that the example app has no use for, each against a real server: what it allows, what it
-- refuses, and that a refusal changed nothing.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

-- A small app: notes in folders, which have owners; registering gives a token.
local app = {
  ["contracts/notes/one.json"] = false,
  ["contracts/queries/users.sql"] = false,
  ["contracts/queries/notes.sql"] = false,
  ["app/handlers/notes/one.lua"] = false,
  ["contracts/policy.json"] = [[{
    "principal": "q.principal",
    "privileged": ["admin"],
    "tables": {
      "users": { "owner": "id", "guarded": ["role"] },
      "folders": { "owner": "owner_id" },
      "notes": { "owner": "owner_id" }
    }
  }]],
  ["contracts/migrations/0001_base.sql"] = [[
    CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL DEFAULT 'user') STRICT;
    CREATE TABLE folders (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL) STRICT;
    CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, folder_id TEXT, body TEXT NOT NULL,
      size INTEGER NOT NULL) STRICT;]],
  ["contracts/queries/q.sql"] = [[
    -- name: principal :one
    SELECT id, role FROM users WHERE id = :principal_id;
    -- name: register :one
    INSERT INTO users (id) VALUES (:new_id) RETURNING id;
    -- name: add_folder :one
    INSERT INTO folders (id, owner_id) VALUES (:new_id, :principal_id) RETURNING id;
    -- name: folder_owner :value
    SELECT owner_id FROM folders WHERE id = :folder_id;
    -- name: add_note :one
    -- optional: folder_id
    INSERT INTO notes (id, owner_id, folder_id, body, size)
    VALUES (:new_id, :principal_id, :folder_id, :body, :size) RETURNING id;
    -- name: is_polite :value
    SELECT :body NOT LIKE '%darn%';
    -- name: set_size :exec
    UPDATE notes SET size = :size WHERE owner_id = :principal_id AND body = :body;
    -- name: total :value
    SELECT sum(size) FROM notes;
    -- name: bodies :many
    SELECT body FROM notes ORDER BY id;]],
}

local function contract(change)
  local it = {
    summary = "It is tested",
    requires = { auth = { "user", "admin" }, validates = { type = "object", properties = {} } },
    ensures = { returns = {}, audit = not change.route:find "^GET" and "tested" or nil },
  }
  for key, value in pairs(change) do
    if key == "requires" or key == "ensures" then
      for inner, said in pairs(value) do it[key][inner] = said end
    else
      it[key] = value
    end
  end
  return json.encode(it):gsub('"properties":%[%]', '"properties":{}'):gsub('"returns":%[%]', '"returns":{}')
end

local function add(name, change, handler)
  app["contracts/" .. name .. ".json"] = contract(change)
  app["app/handlers/" .. name .. ".lua"] = handler
end

local id = { type = "object", properties = { id = { type = "string" } }, required = { "id" } }
local note = {
  type = "object",
  properties = {
    folder_id = { type = { "string", "null" } },
    body = { type = "string", maxLength = 100 },
    size = { type = "integer", minimum = 0, maximum = 1000000 },
  },
  required = { "body", "size" },
}

add("register", {
  route = "POST /register",
  requires = { auth = "public", reason = "tests", rate_limit = { { limit = 1000, per = "1m", by = "ip" } } },
  uses = { queries = { "q.register" } },
  ensures = { returns = id, session = { start = "new_id", field = "token" } },
}, "return function(_, ctx) return ctx.db.q.register() end")

add("add_folder", { route = "POST /folders", uses = { queries = { "q.add_folder" } }, ensures = { returns = id } },
  "return function(_, ctx) return ctx.db.q.add_folder() end")

add("add_note", {
  route = "POST /notes",
  requires = {
    validates = note,
    rules = {
      { when = { input = { required = { "folder_id" } } }, require = { owns = { folder_id = "q.folder_owner" } } },
      {
        when = { input = { properties = { size = { minimum = 1000 } } } },
        require = { auth = { "admin" }, rules = { { query = "q.is_polite", error = "rude" } } },
      },
      { when = { input = { properties = { size = { minimum = 5000 } } } }, require = { scopes = { "notes:large" } } },
    },
  },
  uses = { queries = { "q.add_note" } },
  ensures = { returns = id, errors = { rude = { status = 409 } } },
}, "return function(_, ctx) return ctx.db.q.add_note() end")

add("scoped", {
  route = "GET /scoped",
  requires = { scopes = { "notes:read", "users:read" } },
  ensures = { returns = { type = "boolean" } },
}, "return function() return true end")

add("resize", {
  route = "POST /resize",
  requires = { validates = { type = "object", properties = note.properties, required = { "body", "size" } } },
  uses = { queries = { "q.set_size" } },
  ensures = { returns = { type = "integer" }, unchanged = { "q.total" } },
}, "return function(_, ctx) return ctx.db.q.set_size() end")

local public = { auth = "public", reason = "tests" }
local hello = "return function() return 'hello' end"
local text = { type = "string" }
add("cached", { route = "GET /cached", requires = public, ensures = { returns = text, cache = "5m" } }, hello)
add("uncached", { route = "GET /uncached", requires = public, ensures = { returns = text } }, hello)
add("my_notes", {
  route = "GET /notes",
  uses = { queries = { "q.bodies" } },
  ensures = { returns = { type = "array", items = { type = "string" } }, cache = "revalidate" },
}, [[return function(_, ctx)
  local bodies = {}
  for i, row in ipairs(ctx.db.q.bodies()) do bodies[i] = row.body end
  return bodies
end]])

describe("keywords:", function()
  local path, remove, server

  setup(function()
    path, remove = folder.make(app)
    server = servers.start { folder = path }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  -- Somebody new, with a token.
  local function somebody(role)
    local reply = server:request("POST", "/register", { json = {}, body = "{}" })
    assert.equal(200, reply.status, reply.body)
    if role then server:execute(("UPDATE users SET role = '%s' WHERE id = '%s'"):format(role, reply.json.id)) end
    return reply.json
  end

  local function post(who, target, input)
    return server:request("POST", target, { token = who.token, body = input and json.encode(input) or "{}" })
  end

  local function refused(status, code, who, target, input)
    local before = server:snapshot()
    local reply = post(who, target, input)
    assert.equal(status, reply.status, reply.body)
    assert.equal(code, reply.json.code)
    assert.equal(before, server:snapshot())
    assert.equal(code, server:audit().reason)
  end

  local function allowed(who, target, input)
    local reply = post(who, target, input)
    assert.equal(200, reply.status, reply.body)
    return reply.json
  end

  describe("when", function()
    it("asks nothing of other inputs", function()
      allowed(somebody(), "/notes", { body = "x", size = 999 })
      allowed(somebody(), "/notes", { body = "darn", size = 999 })
    end)

    it("asks for roles", function()
      refused(403, "forbidden", somebody(), "/notes", { body = "x", size = 1000 })
      allowed(somebody "admin", "/notes", { body = "x", size = 1000 })
    end)

    it("asks for rules", function()
      refused(409, "rude", somebody "admin", "/notes", { body = "darn", size = 1000 })
    end)

    it("asks for scopes", function()
      local admin = somebody "admin"
      allowed(admin, "/notes", { body = "x", size = 5000 })
      server:execute(([[UPDATE writ_session SET scopes = '["notes:small"]' WHERE principal_id = '%s']]):format(admin.id))
      refused(403, "insufficient_scope", admin, "/notes", { body = "x", size = 5000 })
      allowed(admin, "/notes", { body = "x", size = 1000 })
    end)

    it("asks for ownership, of a field that may be absent", function()
      local ada, bob = somebody(), somebody()
      local mine = allowed(ada, "/folders").id
      allowed(ada, "/notes", { body = "x", size = 1, folder_id = mine })
      refused(404, "not_found", bob, "/notes", { body = "x", size = 1, folder_id = mine })
      refused(404, "not_found", ada, "/notes", { body = "x", size = 1, folder_id = "nowhere" })
      refused(404, "not_found", ada, "/notes", { body = "x", size = 1, folder_id = json.null })
    end)
  end)

  describe("scopes", function()
    local function with_scopes(scopes)
      local user = somebody()
      server:execute(("UPDATE writ_session SET scopes = %s WHERE principal_id = '%s'"):format(scopes, user.id))
      return server:request("GET", "/scoped", { token = user.token })
    end

    it("lets a session through that began with a log-in", function()
      assert.equal(200, server:request("GET", "/scoped", { token = somebody().token }).status)
    end)

    it("lets a token through that has all of them", function()
      assert.equal(200, with_scopes [['["users:read", "x", "notes:read"]']].status)
    end)

    it("refuses a token that lacks one", function()
      for _, scopes in ipairs { [['["notes:read"]']], "'[]'", [['["notes:readx", "users:read"]']] } do
        local reply = with_scopes(scopes)
        assert.equal(403, reply.status)
        assert.equal("insufficient_scope", reply.json.code)
        assert.matches('error="insufficient_scope", scope="notes:read users:read"', reply.headers["www-authenticate"], 1, true)
      end
    end)

    it("refuses a damaged row", function()
      for _, scopes in ipairs { "'x'", [['{"notes:read": 1}']], "''" } do
        assert.equal(500, with_scopes(scopes).status)
      end
    end)
  end)

  describe("unchanged", function()
    it("allows what leaves the value as it was", function()
      local ada = somebody()
      allowed(ada, "/notes", { body = "same", size = 7 })
      assert.equal(1, allowed(ada, "/resize", { body = "same", size = 7 }))
      assert.equal(0, allowed(ada, "/resize", { body = "none", size = 9 }))
    end)

    it("is a breach otherwise, and rolls back", function()
      local ada = somebody()
      allowed(ada, "/notes", { body = "other", size = 7 })
      refused(500, "contract_breach", ada, "/resize", { body = "other", size = 8 })
      assert.matches("q.total is not unchanged", server:audit().detail)
    end)
  end)

  describe("cache", function()
    local function get(target, etag, who)
      return server:request("GET", target, { token = who and who.token, headers = { ["If-None-Match"] = etag } })
    end

    it("says how long, and for whom", function()
      local reply = get "/cached"
      assert.equal("public, max-age=300", reply.headers["cache-control"])
      assert.matches('^"%x+"$', reply.headers.etag)
      assert.is_nil(reply.headers.vary)
      reply = get("/notes", nil, somebody())
      assert.equal("private, no-cache", reply.headers["cache-control"])
      assert.equal("Authorization, Cookie", reply.headers.vary)
    end)

    it("is no-store where the contract says nothing, and for refusals", function()
      assert.equal("no-store", get("/uncached").headers["cache-control"])
      assert.is_nil(get("/uncached").headers.etag)
      assert.equal("no-store", get("/notes").headers["cache-control"])
    end)

    it("answers 304 without a body while it is the same", function()
      local etag = get("/cached").headers.etag
      for _, sent in ipairs { etag, "W/" .. etag, '"x", ' .. etag, "*" } do
        local reply = get("/cached", sent)
        assert.equal(304, reply.status)
        assert.equal(etag, reply.headers.etag)
        assert.is_nil(reply.headers["content-type"])
        assert.is_nil(reply.headers["content-length"])
      end
      for _, sent in ipairs { '"x"', etag:sub(2, -2), "", etag:upper() .. "x" } do
        assert.equal(200, get("/cached", sent).status)
      end
    end)

    it("tells one principal nothing of another, and notices a change", function()
      local ada, bob = somebody(), somebody()
      allowed(ada, "/notes", { body = "secret", size = 1 })
      local etag = get("/notes", nil, ada).headers.etag
      assert.equal(304, get("/notes", etag, ada).status)
      assert.equal(200, get("/notes", etag, bob).status)
      assert.equal(401, get("/notes", etag).status)
      allowed(ada, "/notes", { body = "more", size = 1 })
      assert.equal(200, get("/notes", etag, ada).status)
    end)
  end)
end)
