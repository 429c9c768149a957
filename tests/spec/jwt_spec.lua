-- Bearer tokens of an identity provider: who they are here, and what they are not good for.
local folder = require "support.folder"
local providers = require "support.provider"
local servers = require "support.server"
local json = require "cjson"

local issuer, audience = "https://id.example", "https://notes.example"

local policy = [[{
  "principal": "users.principal",
  "identity": "users.by_identity",
  "privileged": ["admin"],
  "tables": {
    "users": { "owner": "id", "secret": ["password_hash"], "guarded": ["role"] },
    "identities": { "owner": "user_id" },
    "notes": { "owner": "owner_id" }
  }
}]]

local function writ_json(change)
  local entry = { issuer = issuer, audience = audience, algorithms = { "RS256", "ES256", "EdDSA", "HS256" },
    keys_file = "id.jwks", leeway = "0s" }
  if change then change(entry) end
  return json.encode { jwt = { entry } }
end

local me = "return function(input, ctx) return ctx.db.users.me() end\n"

local function files(change)
  return {
    ["writ.json"] = writ_json(change),
    ["contracts/policy.json"] = policy,
    ["contracts/migrations/0002_identities.sql"] = [[
CREATE TABLE identities (issuer TEXT NOT NULL, subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, PRIMARY KEY (issuer, subject)) STRICT;
]],
    ["contracts/queries/users.sql"] = [[
-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;
-- name: by_identity :one
SELECT users.id, users.role FROM identities JOIN users ON users.id = identities.user_id
WHERE identities.subject = :subject AND identities.issuer = :issuer;
-- name: me :one
SELECT id, role FROM users WHERE id = :principal_id;
]],
    ["contracts/queries/notes.sql"] = folder.base["contracts/queries/notes.sql"] .. [[
-- name: create :exec
INSERT INTO notes (id, owner_id, body) VALUES (:new_id, :principal_id, 'a note');
]],
    ["contracts/me.json"] = folder.me "GET /me",
    ["app/handlers/me.lua"] = me,
    ["contracts/admin.json"] = folder.me("GET /admin", function(c) c.requires.auth = { "admin" } end),
    ["app/handlers/admin.lua"] = me,
    ["contracts/scoped.json"] = folder.me("GET /scoped", function(c) c.requires.scopes = { "notes:read" } end),
    ["app/handlers/scoped.lua"] = me,
    ["contracts/create.json"] = folder.me("POST /notes", function(c)
      c.uses.queries = { "notes.create" }
      c.ensures = { returns = { ["204"] = json.null }, audit = "note" }
    end),
    ["app/handlers/create.lua"] = "return function(_, ctx) ctx.db.notes.create() end\n",
    ["contracts/logout.json"] = folder.me("POST /logout", function(c)
      c.uses = nil
      c.ensures = { returns = { ["204"] = json.null }, session = { ["end"] = "this" }, audit = "logout" }
    end),
    ["app/handlers/logout.lua"] = "return function() end\n",
    ["contracts/logout_others.json"] = folder.me("POST /logout/others", function(c)
      c.uses = nil
      c.ensures = { returns = { ["204"] = json.null }, session = { ["end"] = "others" }, audit = "logout_others" }
    end),
    ["app/handlers/logout_others.lua"] = "return function() end\n",
  }
end

local people = [[
INSERT INTO users (id, email, role, password_hash) VALUES ('ada', 'a', 'user', 'x'), ('root', 'r', 'admin', 'x');
INSERT INTO identities VALUES ('https://id.example', '1815', 'ada'), ('https://id.example', '1', 'root'),
  ('https://other.example', '1815', 'root');
]]

describe("tokens of an identity provider", function()
  local provider, path, remove, server

  setup(function()
    provider = providers.new()
    provider:key("rsa", "RS256")
    provider:key("ec", "ES256")
    provider:key("ed", "EdDSA")
    provider:key("secret", "HS256")
  end)
  teardown(function() provider:stop() end)

  local function start(change)
    path, remove = folder.make(files(change))
    provider:write(path .. "/id.jwks")
    server = servers.start { folder = path, dev = false }
    server:execute(people)
  end

  after_each(function()
    if server then assert.equal(0, server:stop()) end
    if remove then remove() end
    server, remove = nil, nil
  end)

  local function claims(change)
    local c = { iss = issuer, aud = audience, sub = "1815", exp = os.time() + 3600, iat = os.time() }
    for name, value in pairs(change or {}) do c[name] = value end
    return c
  end

  local function get(route, token, options)
    options = options or {}
    options.token = token
    return server:request(options.method or "GET", route, options)
  end

  local function refused(token, detail)
    local reply = get("/me", token)
    assert.equal(401, reply.status, reply.body)
    assert.equal('Bearer realm="writ", error="invalid_token"', reply.headers["www-authenticate"])
    assert.is_nil(reply.body:find("JWT", 1, true))
    local row = server:audit()
    assert.same({ "denied", "unauthenticated", json.null }, { row.outcome, row.reason, row.principal_id })
    assert.equal("JWT: " .. detail, row.detail)
  end

  it("are a person's whom the policy's query finds, by each algorithm", function()
    start()
    for _, kid in ipairs { "rsa", "ec", "ed", "secret" } do
      for _ = 1, 3 do
        local reply = get("/me", provider:token(kid, claims()))
        assert.equal(200, reply.status, kid .. reply.body)
        assert.same({ id = "ada", role = "user" }, reply.json)
      end
    end
    assert.equal(200, get("/admin", provider:token("ec", claims { sub = "1" })).status)
    assert.equal(403, get("/admin", provider:token("ec", claims())).status)
  end)

  it("write as that person", function()
    start()
    local reply = get("/notes", provider:token("ed", claims()), { method = "POST", json = json.decode "{}" })
    assert.equal(204, reply.status, reply.body)
    assert.equal("ada", server:value "SELECT owner_id FROM notes")
    local row = server:audit()
    assert.same({ "ok", "ada" }, { row.outcome, row.principal_id })
  end)

  it("are refused for every reason, which the audit log has and the client has not", function()
    start()
    local good = provider:token("rsa", claims())
    local head, body, signature = good:match "^(.*)%.(.*)%.(.*)$"
    local none = providers.base64 '{"alg":"none"}'
    refused(provider:token("rsa", claims { exp = os.time() - 1 }), "it has expired")
    refused(provider:token("rsa", claims { nbf = os.time() + 60 }), "it is not valid yet")
    refused(provider:token("rsa", claims { aud = "https://mail.example" }), "its aud is not this service")
    refused(provider:token("rsa", claims { iss = "https://other.example" }),
      "its iss is no issuer that writ.json names")
    refused(provider:token("rsa", claims { sub = "nobody" }), "nobody here is subject nobody of https://id.example")
    refused(provider:token("rsa", claims { sub = "' OR 1=1 --" }),
      "nobody here is subject ' OR 1=1 -- of https://id.example")
    refused(none .. "." .. body .. ".", "the token is not three parts with a dot between them")
    refused(none .. "." .. body .. "." .. signature, "its alg is not among the issuer's algorithms")
    refused(head .. "." .. providers.base64(json.encode(claims { sub = "1" })) .. "." .. signature,
      "its signature is not that of the issuer's key")
    refused(provider:token("rsa", claims(), { kid = "gone" }), "the issuer has no key of this kid and algorithm")
    refused(provider:token("rsa", claims(), { kid = "ec" }), "the issuer has no key of this kid and algorithm")
    refused(provider:token("secret", claims(), { alg = "RS256", kid = "rsa" }),
      "its signature is not that of the issuer's key")
    refused(provider:token("rsa", claims { x = ("x"):rep(7000) }), "the token is longer than 8 KB")
    assert.is_nil(server:log():find(signature, 1, true))
    local challenge = get("/me").headers["www-authenticate"]
    assert.equal('Bearer realm="writ"', challenge)
  end)

  -- A public key is public: signing with it must be worth nothing.
  it("are not signed by what everybody knows", function()
    start(function(entry) entry.algorithms = { "RS256", "HS256" } end)
    local rsa = provider.keys.rsa
    local pem = servers.capture(("openssl rsa -in %s -pubout 2>/dev/null"):format(rsa.file))
    for _, secret in ipairs { pem, (pem:gsub("\n$", "")), rsa.jwk.n, json.encode(rsa.jwk) } do
      for _, kid in ipairs { "rsa", "secret" } do
        local message = providers.base64(json.encode { alg = "HS256", kid = kid }) .. "." ..
          providers.base64(json.encode(claims()))
        local mac = servers.hmac(secret, message):gsub("%x%x", function(b) return string.char(tonumber(b, 16)) end)
        refused(message .. "." .. providers.base64(mac), kid == "rsa" and
          "the issuer has no key of this kid and algorithm" or "its signature is not that of the issuer's key")
      end
    end
  end)

  it("are worth nothing in a cookie", function()
    start()
    local token = provider:token("ec", claims())
    assert.equal(401, server:request("GET", "/me", { cookie = "session=" .. token }).status)
    assert.equal("no such session, or it has ended", server:audit().detail)
  end)

  it("end with the person, at once", function()
    start()
    local token = provider:token("ec", claims())
    assert.equal(200, get("/me", token).status)
    server:execute "UPDATE users SET role = 'admin' WHERE id = 'ada'"
    assert.equal(200, get("/admin", token).status)
    server:execute "PRAGMA foreign_keys = ON; DELETE FROM users WHERE id = 'ada'"
    assert.equal(401, get("/me", token).status)
    assert.equal(401, get("/notes", token, { method = "POST", json = json.decode "{}" }).status)
    assert.equal(0, server:value "SELECT count(*) FROM notes")
  end)

  it("take roles away, where a claim says which, and never give any", function()
    start(function(entry) entry.roles = "/realm_access/roles" end)
    local function status(sub, roles)
      local token = provider:token("ec", claims { sub = sub, realm_access = roles and { roles = roles } })
      return { get("/me", token).status, get("/admin", token).status }
    end
    assert.same({ 200, 200 }, status("1", { "admin", "other" }))
    assert.same({ 403, 403 }, status("1", { "user" }))
    assert.same({ 200, 403 }, status("1815", { "user", "admin" }))
    assert.same({ 403, 403 }, status("1815", { "admin" }))
    assert.same({ 403, 403 }, status "1815")
    assert.same({ 403, 403 }, status "1")
  end)

  it("have the scopes that they say, and no others", function()
    start()
    local function status(scope) return get("/scoped", provider:token("ec", claims { scope = scope })).status end
    assert.equal(200, status "profile notes:read")
    assert.equal(200, status { "notes:read" })
    for _, scope in ipairs { "notes", "notes:reader", "notes:read,profile", 1, true, {} } do
      assert.equal(403, status(scope))
    end
    assert.equal(403, status())
  end)

  it("are no sessions: they cannot be ended, but end those that are", function()
    start()
    server:execute [[INSERT INTO writ_session (id, principal_id, started_ms, expires_ms, used_ms, idle_ms, ends_ms)
      VALUES (randomblob(32), 'ada', 1, 9000000000000, 1, 0, 9000000000000),
        (randomblob(32), 'root', 1, 9000000000000, 1, 0, 9000000000000)]]
    local token = provider:token("ec", claims())
    local reply = get("/logout", token, { method = "POST", json = json.decode "{}" })
    assert.equal(401, reply.status, reply.body)
    assert.equal("JWT: it is no session that could be ended here", server:audit().detail)
    assert.equal(204, get("/logout/others", token, { method = "POST", json = json.decode "{}" }).status)
    assert.equal("root", server:value "SELECT group_concat(principal_id) FROM writ_session")
  end)

  -- Until it answers so; the key file is looked at once a second at most.
  local function until_status(status, token)
    server:await("a " .. status, function() return get("/me", token).status == status end)
  end

  it("follow their keys, which change while it serves", function()
    start()
    local old = provider:token("ec", claims())
    assert.equal(200, get("/me", old).status)
    provider:key("next", "ES256")
    provider:write(path .. "/id.jwks", { next = true })
    until_status(401, old)
    assert.equal("JWT: the issuer has no key of this kid and algorithm", server:audit().detail)
    local new = provider:token("next", claims())
    until_status(200, new)

    -- With a broken file the last good keys go on, and the log says where it is broken.
    providers.replace(path .. "/id.jwks", '{ "keys": [\n  { "kty": "RSA", "n": "AQAB", "e": "AQAB" } ] }\n')
    local where = path .. "/id.jwks:2:24: an RSA key of 17 bits is not taken"
    local function await_failures(count)
      server:await("in the log: a reload that failed", function()
        assert.equal(200, get("/me", new).status)
        return select(2, server:log():gsub("generation 2 goes on", "")) == count
      end)
    end
    await_failures(1)
    assert.truthy(server:log():find(where, 1, true), server:log())
    os.remove(path .. "/id.jwks")
    await_failures(2)
    assert.truthy(server:log():find("No such file", 1, true))
    provider:write(path .. "/id.jwks", { rsa = true })
    until_status(401, new)
    assert.equal(200, get("/me", provider:token("rsa", claims())).status)
  end)

  it("need keys that can be used, before anything is served", function()
    path, remove = folder.make(files())
    providers.replace(path .. "/id.jwks", '{ "keys": [] }')
    local ok, said = pcall(servers.start, { folder = path })
    assert.is_false(ok)
    assert.truthy(said:find(path .. "/id.jwks:1:11: error W0711: no key of this set can verify a token", 1, true), said)
    os.remove(path .. "/id.jwks")
    ok, said = pcall(servers.start, { folder = path })
    assert.is_false(ok)
    assert.truthy(said:find("error W0101: " .. path .. "/id.jwks: No such file or directory", 1, true), said)
  end)

  it("are named by the OpenAPI document", function()
    path, remove = folder.make(files())
    local document = json.decode((servers.run("openapi " .. path)))
    assert.equal("The token of a session, or a JSON Web Token of https://id.example",
      document.components.securitySchemes.bearer.description)
  end)

  it("need a query that says who their people are", function()
    local function check(change)
      local all = files()
      change(all)
      path, remove = folder.make(all)
      local out, err = servers.run("check " .. path)
      remove()
      remove = nil
      return out .. err
    end
    local said = check(function(all) all["contracts/policy.json"] = policy:gsub('"identity"[^\n]*', "") end)
    assert.truthy(said:find("policy.json", 1, true) and said:find("no query says who its people are here", 1, true), said)
    said = check(function(all) all["contracts/policy.json"] = policy:gsub("by_identity", "me") end)
    assert.truthy(said:find("'users.me' cannot find whom an identity provider names", 1, true), said)
    said = check(function(all)
      all["contracts/queries/users.sql"] = all["contracts/queries/users.sql"]:gsub(" AND identities.issuer = :issuer", "")
    end)
    assert.truthy(said:find("with the two parameters :issuer and :subject", 1, true), said)
    said = check(function(all)
      all["contracts/queries/users.sql"] = all["contracts/queries/users.sql"]:gsub(":issuer", ":principal_id")
    end)
    assert.truthy(said:find("with the two parameters :issuer and :subject", 1, true), said)
  end)
end)
