-- One slow input, found by one client: what it costs that client, and what it costs the others.
local servers = require "support.server"
local folder = require "support.folder"

local files = {
  ["contracts/queries/users.sql"] = folder.base["contracts/queries/users.sql"] .. [[
-- name: register :exec
INSERT INTO users (id, email, password_hash) VALUES (:new_id, :email, :password);
]],
  ["contracts/users/register.json"] = [[{
  "summary": "Somebody makes an account",
  "route": "POST /users",
  "requires": {
    "auth": "public",
    "reason": "Nobody has an account before",
    "rate_limit": [{ "limit": 100, "per": "1m", "by": "ip" }],
    "validates": {
      "type": "object",
      "properties": {
        "email": { "type": "string" },
        "password": { "type": "string", "format": "password" }
      },
      "required": ["email", "password"]
    }
  },
  "uses": { "queries": ["users.register"] },
  "ensures": {
    "returns": { "201": { "type": "object", "properties": {} } },
    "session": { "start": "new_id", "field": "token" },
    "audit": "registered"
  }
}]],
  ["app/handlers/users/register.lua"] = "return function(_, ctx) ctx.db.users.register() return {}, 201 end\n",
  ["contracts/notes/one.json"] = folder.contract(function(c)
    c.requires.auth = { "*" }
    c.ensures.returns = { anyOf = { c.ensures.returns, { type = "null" } } }
  end),
  ["app/handlers/notes/one.lua"] = "return function(_, ctx) return ctx.db.notes.one() end\n",
  -- No rate limit here: the client has nothing to lose but what the host takes.
  ["contracts/notes/matches.json"] = [[{
  "summary": "Whether a pattern matches",
  "route": "GET /matches",
  "requires": {
    "auth": ["*"],
    "validates": {
      "type": "object",
      "properties": { "pattern": { "type": "string", "maxLength": 100 } },
      "required": ["pattern"]
    }
  },
  "ensures": { "returns": { "type": "boolean" } }
}]],
  ["app/handlers/notes/matches.lua"] = "return function(input) return ('a'):rep(40):find(input.pattern) ~= nil end\n",
}

describe("one slow input", function()
  local server, remove, ada, bob

  setup(function()
    local path
    path, remove = folder.make(files)
    server = servers.start { folder = path, dev = false }
    local function register(email)
      local reply = server:request("POST", "/users", { json = { email = email, password = "long enough" } })
      assert.equal(201, reply.status, reply.body)
      return reply.json.token
    end
    ada, bob = register "ada@example.com", register "bob@example.com"
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  it("of one client does not take the route from the others", function()
    local slow, fine, rounds = (".-"):rep(30) .. "b", "aa", 100
    local eve, others = server:connect(), server:connect()
    local last
    for round = 1, rounds do
      last = eve:request("GET", "/matches?pattern=" .. slow, { token = ada })
      assert.equal(round <= 6 and 500 or 429, last.status, last.body)
      local reply = others:request("GET", "/matches?pattern=" .. fine, { token = bob })
      assert.same({ 200, "true" }, { reply.status, reply.body })
    end
    assert.equal("rate_limited", last.json.code)
    assert.is_true(tonumber(last.headers["retry-after"]) <= 60)
    -- It is this client on this route.
    assert.equal(429, eve:request("GET", "/matches?pattern=" .. fine, { token = ada }).status)
    assert.equal(200, eve:request("GET", "/notes/1", { token = ada }).status)
    eve:close()
    others:close()
    assert.equal(6, server:value "SELECT sum(count) FROM writ_audit WHERE reason = 'handler_deadline'")
    assert.equal(0, server:value "SELECT count(*) FROM writ_audit WHERE reason = 'quarantined'")
  end)
end)
