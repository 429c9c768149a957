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
      "notes": { "owner": "owner_id" },
      "payments": { "shared": "The books are one" }
    }
  }]],
  ["writ.json"] = [[{ "webhooks": {
    "stripe": { "scheme": "stripe", "secret_env": "STRIPE_SECRET", "tolerance": "10m" },
    "github": { "scheme": "github", "secret_file": "github.secret" }
  } }]],
  ["github.secret"] = "an-older-secret-of-github\na-newer-secret-of-github\n",
  ["contracts/migrations/0001_base.sql"] = [[
    CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL DEFAULT 'user') STRICT;
    CREATE TABLE folders (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL) STRICT;
    CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, folder_id TEXT, body TEXT NOT NULL,
      size INTEGER NOT NULL) STRICT;
    CREATE TABLE payments (id TEXT NOT NULL PRIMARY KEY, amount INTEGER NOT NULL) STRICT;]],
  ["contracts/queries/q.sql"] = [[
    -- name: principal :one
    SELECT id, role FROM users WHERE id = :principal_id;
    -- name: register :one
    INSERT INTO users (id) VALUES (:new_id) RETURNING id;
    -- name: add_folder :one
    INSERT INTO folders (id, owner_id) VALUES (:new_id, :principal_id) RETURNING id;
    -- name: folder_owner :value
    SELECT owner_id FROM folders WHERE id = :folder_id UNION ALL SELECT :principal_id WHERE :folder_id IS NULL;
    -- name: add_note :one
    -- optional: folder_id
    INSERT INTO notes (id, owner_id, folder_id, body, size)
    VALUES (:new_id, :principal_id, :folder_id, :body, :size) RETURNING id;
    -- name: is_polite :value
    SELECT :body NOT LIKE '%darn%';
    -- name: set_size :exec
    UPDATE notes SET size = :size WHERE owner_id = :principal_id AND body = :body;
    -- name: is_open :value
    SELECT NOT EXISTS (SELECT 1 FROM folders WHERE id = 'closed');
    -- name: count :value
    SELECT count(*) FROM notes;
    -- name: total :value
    SELECT sum(size) FROM notes;
    -- name: bodies :many
    SELECT body FROM notes ORDER BY id;
    -- name: paid :one
    -- json: event
    INSERT INTO payments (id, amount) VALUES (:new_id, :event ->> '$.amount') RETURNING id, amount;]],
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
      { when = { input = { properties = { body = { pattern = "^(z+)+$" } } } }, require = { auth = { "admin" } } },
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
  ensures = { returns = { type = "integer" }, unchanged = { "q.count", "q.total" } },
}, "return function(_, ctx) return ctx.db.q.set_size() end")

local defaults = {
  type = "object",
  properties = {
    a = { type = { "string", "null" }, default = " X ", normalize = { "trim", "lower" } },
    b = { type = "integer", default = 3, maximum = 5 },
  },
}
add("defaults", {
  route = "POST /defaults",
  requires = {
    validates = defaults,
    rules = { { when = { input = { properties = { b = { const = 3 } } } }, require = { auth = { "admin" } } } },
  },
  ensures = { returns = { type = "object", properties = { a = { type = { "string", "null" } }, b = { type = "integer" } } } },
}, "return function(input) return { a = input.a, b = input.b } end")

local public = { auth = "public", reason = "tests" }
local hello = "return function() return 'hello' end"
local text = { type = "string" }
add("cached", { route = "GET /cached", requires = public, ensures = { returns = text, cache = "5m" } }, hello)
add("accepted", {
  route = "GET /accepted",
  requires = public,
  ensures = { returns = { ["200"] = text, ["202"] = text }, cache = "5m" },
}, "return function() return 'later', 202 end")
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

local function webhook(name, ensures)
  ensures.returns = { type = "object", properties = { id = text, amount = { type = "integer" } } }
  add(name, {
    route = "POST /" .. name,
    requires = {
      auth = { "webhook:" .. name },
      body = "event",
      validates = {
        type = "object",
        properties = {
          event = {
            type = "object",
            properties = { amount = { type = "integer" } },
            required = { "amount" },
            additionalProperties = true,
          },
        },
        required = { "event" },
      },
    },
    uses = { queries = { "q.paid" } },
    ensures = ensures,
  }, "return function(_, ctx) return ctx.db.q.paid() end")
end
webhook("stripe", { idempotent = { by = "input.event.data.id", ["for"] = "7d" } })
webhook("github", {})

local function idempotent(name)
  add(name, {
    route = "POST /" .. name,
    requires = {
      validates = note,
      rules = {
        { query = "q.is_polite", error = "rude" },
        { query = "q.is_open", error = "closed" },
        { when = { input = { required = { "folder_id" } } }, require = { owns = { folder_id = "q.folder_owner" } } },
      },
    },
    uses = { queries = { "q.add_note" } },
    ensures = {
      returns = { ["201"] = id },
      idempotent = true,
      errors = { rude = { status = 409 }, closed = { status = 410 }, unwilling = { status = 418 } },
      audit = { action = "noted", record = { "size" } },
    },
  }, [[return function(input, ctx)
    local row = ctx.db.q.add_note()
    if input.body == "refuse" then ctx.fail "unwilling" end
    if input.body == "verbose" then row.id = ("x"):rep(65 * 1024) end
    return row, 201
  end]])
end
idempotent "once"
idempotent "also_once"

describe("keywords:", function()
  local path, remove, server

  setup(function()
    path, remove = folder.make(app)
    server = servers.start { folder = path, environment = "STRIPE_SECRET=a-secret-of-stripe WRIT_AUDIT_KEY=" .. ("5a"):rep(32) }
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

    it("asks where it takes too long to tell", function()
      allowed(somebody(), "/notes", { body = "zza", size = 1 })
      refused(403, "forbidden", somebody(), "/notes", { body = "zz", size = 1 })
      refused(403, "forbidden", somebody(), "/notes", { body = ("z"):rep(99) .. "a", size = 1 })
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

  describe("default", function()
    it("comes in where nothing was sent, as if it had been", function()
      assert.same({ a = "x", b = 4 }, allowed(somebody(), "/defaults", { b = 4 }))
      assert.same({ a = "y", b = 3 }, allowed(somebody "admin", "/defaults", { a = "Y" }))
    end)

    it("is what conditions see", function()
      refused(403, "forbidden", somebody(), "/defaults")
    end)

    it("does not stand in for null, or for what is not valid", function()
      assert.same({ a = json.null, b = 4 }, allowed(somebody(), "/defaults", { a = json.null, b = 4 }))
      refused(422, "invalid_input", somebody(), "/defaults", { b = json.null })
      refused(422, "invalid_input", somebody(), "/defaults", { b = 6 })
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
      assert.equal(202, get("/accepted", "*").status)
      assert.equal("no-store", get("/accepted").headers["cache-control"])
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

  -- For how long the reply to the last call is kept.
  local function kept_ms()
    return server:value [[SELECT max(expires_ms) - (SELECT time_ms FROM writ_audit ORDER BY id DESC LIMIT 1)
      FROM writ_reply]]
  end

  describe("a webhook", function()
    local mac = servers.hmac

    local function stripe(body, time, change)
      time = time or os.time()
      local signature = mac("a-secret-of-stripe", time .. "." .. body)
      return server:request("POST", "/stripe", {
        body = body,
        headers = { ["Stripe-Signature"] = change or ("t=%d,v1=%s"):format(time, signature) },
      })
    end

    local function github(body, secret)
      return server:request("POST", "/github", {
        body = body,
        headers = { ["X-Hub-Signature-256"] = "sha256=" .. mac(secret, body) },
      })
    end

    local function unauthenticated(reply)
      assert.equal(401, reply.status)
      assert.equal("unauthenticated", reply.json.code)
    end

    it("is let in by its signature over the raw body", function()
      local reply = stripe '{"amount": 5,  "data": {"id": "evt_1"}, "more": null}'
      assert.equal(200, reply.status, reply.body)
      assert.equal(5, reply.json.amount)
      assert.equal("webhook:stripe", server:audit().principal_id)
      for _, secret in ipairs { "an-older-secret-of-github", "a-newer-secret-of-github" } do
        assert.equal(200, github('{"amount": 7}', secret).status)
      end
    end)

    it("is let in by nothing else", function()
      local body = '{"amount": 5, "data": {"id": "evt_2"}}'
      unauthenticated(server:request("POST", "/stripe", { body = body, token = somebody("admin").token }))
      local before = server:snapshot()
      unauthenticated(server:request("POST", "/stripe", { body = body }))
      unauthenticated(stripe(body, os.time() - 3600))
      unauthenticated(stripe(body, os.time() + 3600))
      unauthenticated(stripe(body, nil, ("t=%d,v1=%s"):format(os.time(), ("0"):rep(64))))
      unauthenticated(github(body, "a-secret-of-stripe"))
      unauthenticated(server:request("POST", "/stripe", {
        body = body,
        headers = { ["X-Hub-Signature-256"] = "sha256=" .. mac("a-newer-secret-of-github", body) },
      }))
      assert.equal(before, server:snapshot())
    end)

    it("is let in by one signature, not by one of two", function()
      local body, time = '{"amount": 5, "data": {"id": "evt_4"}}', os.time()
      local signature = ("t=%d,v1=%s"):format(time, mac("a-secret-of-stripe", time .. "." .. body))
      for _, other in ipairs { "", "t=1,v1=00", signature } do
        local connection, before = server:connect(), server:snapshot()
        connection:send(("POST /stripe HTTP/1.1\r\nHost: test\r\nStripe-Signature: %s\r\nstripe-signature: %s\r\n"
          .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(other, signature, #body, body))
        assert.equal(400, connection:receive().status)
        connection:close()
        assert.equal(before, server:snapshot())
      end
    end)

    it("is checked before its body is read", function()
      unauthenticated(server:request("POST", "/stripe", { body = "{" }))
      assert.equal(400, stripe("{").status)
    end)

    it("may be repeated by its sender, and the event counts once", function()
      local function count() return server:value "SELECT count(*) FROM payments" end
      local body = '{"amount": 9, "data": {"id": "evt_3"}, "pending": %d}'
      local first, before = stripe(body:format(1)), count()
      assert.is_nil(first.headers["idempotent-replayed"])
      assert.equal(7 * 24 * 3600 * 1000, kept_ms())
      local second = stripe(body:format(2))
      assert.equal(first.body, second.body)
      assert.equal("true", second.headers["idempotent-replayed"])
      assert.equal("repeated", server:audit().reason)
      assert.equal(before, count())
      assert.equal(400, stripe('{"amount": 9, "data": {"id": {}}}').status)
      assert.equal(400, stripe('{"amount": 9, "data": {"id": ""}}').status)
      assert.equal(400, stripe('{"amount": 9}').status)
    end)

    it("must be known to writ.json", function()
      local changed = {}
      for file, content in pairs(app) do changed[file] = content end
      changed["writ.json"] = '{ "webhooks": { "stripes": { "scheme": "stripe", "secret_env": "X" } } }'
      local broken, clean = folder.make(changed)
      local _, err, code = servers.run("check " .. broken)
      assert.equal(1, code)
      assert.matches("stripe.json:1:%d+: error W0320: writ.json knows no webhook 'stripe': did you mean 'webhook:stripes'?", err)
      clean()
    end)
  end)

  describe("idempotent", function()
    local function once(who, key, input, target)
      return server:request("POST", target or "/once", {
        token = who.token, body = json.encode(input), headers = { ["Idempotency-Key"] = key },
      })
    end
    local function count() return server:value "SELECT count(*) FROM notes" end

    it("gives the first reply again, and does nothing", function()
      local ada = somebody()
      local first = once(ada, "k1", { body = "x", size = 1 })
      assert.equal(201, first.status, first.body)
      local before = count()
      for _ = 1, 3 do
        local again = once(ada, "k1", { body = "x", size = 1 })
        assert.equal(201, again.status)
        assert.equal(first.body, again.body)
        assert.equal("true", again.headers["idempotent-replayed"])
        assert.equal("ok", server:audit().outcome)
        assert.equal("repeated", server:audit().reason)
      end
      assert.equal(before, count())
      assert.equal(201, once(ada, "k2", { body = "x", size = 1 }).status)
      assert.equal(before + 1, count())
    end)

    it("refuses the same key with another input, and no key", function()
      local ada = somebody()
      once(ada, "k1", { body = "x", size = 1 })
      local before = count()
      local other = once(ada, "k1", { body = "x", size = 2 })
      assert.equal(422, other.status)
      assert.equal("idempotency_mismatch", other.json.code)
      assert.equal(400, once(ada, nil, { body = "x", size = 1 }).status)
      assert.equal(400, once(ada, "", { body = "x", size = 1 }).status)
      assert.equal(400, once(ada, ("k"):rep(256), { body = "x", size = 1 }).status)
      assert.equal(before, count())
      assert.equal(201, once(ada, ("k"):rep(255), { body = "x", size = 1 }).status)
    end)

    it("is each principal's own", function()
      local ada, bob = somebody(), somebody()
      local first = once(ada, "k1", { body = "x", size = 1 })
      local other = once(bob, "k1", { body = "x", size = 1 })
      assert.equal(201, other.status)
      assert.not_equal(first.body, other.body)
    end)

    it("is each contract's own", function()
      local ada = somebody()
      local first = once(ada, "k1", { body = "x", size = 1 })
      local other = once(ada, "k1", { body = "x", size = 1 }, "/also_once")
      assert.equal(201, other.status)
      assert.not_equal(first.body, other.body)
    end)

    it("takes one key of one request", function()
      local ada = somebody()
      local connection, body = server:connect(), json.encode { body = "x", size = 1 }
      connection:send(("POST /once HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\nIdempotency-Key: a\r\n"
        .. "idempotency-key: b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
        :format(ada.token, #body, body))
      assert.equal(400, connection:receive().status)
      connection:close()
    end)

    it("asks for all that is required again", function()
      local ada, bob = somebody(), somebody()
      local mine = allowed(ada, "/folders").id
      local input = { body = "x", size = 1, folder_id = mine }
      assert.equal(201, once(ada, "k0", input).status)
      server:execute(("UPDATE folders SET owner_id = '%s' WHERE id = '%s'"):format(bob.id, mine))
      assert.equal(404, once(ada, "k0", input).status)
      server:execute(("UPDATE folders SET owner_id = '%s' WHERE id = '%s'"):format(ada.id, mine))
      server:execute(("INSERT INTO folders (id, owner_id) VALUES ('closed', '%s')"):format(ada.id))
      assert.equal(410, once(ada, "k0", input).status)
      server:execute "DELETE FROM folders WHERE id = 'closed'"
      assert.equal("true", once(ada, "k0", input).headers["idempotent-replayed"])
      once(ada, "k1", { body = "x", size = 1 })
      server:execute(("UPDATE users SET role = 'guest' WHERE id = '%s'"):format(ada.id))
      assert.equal(403, once(ada, "k1", { body = "x", size = 1 }).status)
      server:execute(("DELETE FROM users WHERE id = '%s'"):format(ada.id))
      assert.equal(401, once(ada, "k1", { body = "x", size = 1 }).status)
    end)

    it("keeps no refusal", function()
      local ada = somebody()
      assert.equal(418, once(ada, "k1", { body = "refuse", size = 1 }).status)
      assert.equal(418, once(ada, "k1", { body = "refuse", size = 1 }).status)
      assert.equal(201, once(ada, "k1", { body = "x", size = 1 }).status)
    end)

    it("keeps no reply that is large", function()
      local ada, before = somebody(), count()
      local reply = once(ada, "k1", { body = "verbose", size = 1 })
      assert.equal(500, reply.status)
      assert.matches("at most 64 KB", server:audit().detail)
      assert.equal(before, count())
      assert.equal(201, once(ada, "k1", { body = "x", size = 1 }).status)
    end)

    it("lets nothing out that the contract does not admit any more", function()
      local ada, before = somebody(), count()
      for change, admitted in pairs {
        ["body = body"] = true,
        [ [[body = '{"id":"x","more":1}']] ] = false,
        [ [[body = '{"id":"x"']] ] = false,
        ["body = ''"] = false,
        ["status = 200"] = false,
      } do
        assert.equal(201, once(ada, change, { body = "x", size = 1 }).status)
        before = before + 1
        server:execute("UPDATE writ_reply SET " .. change)
        local reply = once(ada, change, { body = "x", size = 1 })
        assert.equal(admitted and 201 or 500, reply.status, change)
        if not admitted then assert.matches("the kept reply is not what", server:audit().detail) end
        assert.equal(before, count())
        server:execute "DELETE FROM writ_reply"
      end
    end)

    it("keeps it no longer than it says", function()
      local ada = somebody()
      server:execute "DELETE FROM writ_reply"
      once(ada, "k0", { body = "x", size = 1 })
      once(ada, "k1", { body = "x", size = 1 })
      assert.equal(24 * 3600 * 1000, kept_ms())
      local before = count()
      server:execute "UPDATE writ_reply SET expires_ms = 1"
      assert.equal(201, once(ada, "k1", { body = "x", size = 1 }).status)
      assert.equal(before + 1, count())
      assert.equal(1, server:value "SELECT count(*) FROM writ_reply")
    end)

    it("lets two that arrive together have one effect", function()
      local ada = somebody()
      local before, connections = count(), {}
      local body = json.encode { body = "x", size = 1 }
      for i = 1, 8 do
        connections[i] = server:connect()
        connections[i]:send(("POST /once HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\nIdempotency-Key: both\r\n"
          .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(ada.token, #body, body))
      end
      local bodies = {}
      for i = 1, 8 do
        bodies[i] = connections[i]:receive().body
        connections[i]:close()
        assert.equal(bodies[1], bodies[i])
      end
      assert.equal(before + 1, count())
    end)
  end)
end)
