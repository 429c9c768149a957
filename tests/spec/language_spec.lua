-- Keywords that neither the example nor the attackers' contracts need, each against a real server: what it allows and
-- what it refuses.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local object = { type = "object", properties = {} }

local app = {
  ["contracts/notes/one.json"] = false,
  ["contracts/queries/users.sql"] = false,
  ["contracts/queries/notes.sql"] = false,
  ["app/handlers/notes/one.lua"] = false,
  ["contracts/policy.json"] = [[{
    "principal": "q.principal",
    "tables": {
      "users": { "owner": "id" },
      "members": { "owner": "team_id", "in": "q.my_teams" },
      "posts": { "owner": "author_id", "readable": "published = 1" },
      "words": { "shared": "A dictionary" }
    },
    "limits": { "body": "2KB" },
    "rate_limit": [{ "limit": 500, "per": "1m", "by": "principal" }],
    "denials": { "invalid_input": 400, "forbidden": 451 }
  }]],
  ["contracts/templates/few.json"] = [[{
    "requires": { "auth": ["user"], "rate_limit": [{ "limit": 2, "per": "1h", "by": "principal" }],
      "validates": { "properties": { "word": { "maxLength": 5 } } } },
    "denials": { "rate_limited": 420 }
  }]],
  ["contracts/migrations/0001_base.sql"] = [[
    CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL DEFAULT 'user') STRICT;
    CREATE TABLE members (team_id TEXT NOT NULL, user_id TEXT NOT NULL, level TEXT NOT NULL,
      PRIMARY KEY (team_id, user_id)) STRICT;
    CREATE TABLE posts (id TEXT NOT NULL PRIMARY KEY, author_id TEXT NOT NULL, slug TEXT,
      published INTEGER NOT NULL) STRICT;
    CREATE UNIQUE INDEX by_slug ON posts (lower(slug));
    CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY, times INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE UNIQUE INDEX by_times ON words (times, word);]],
  ["contracts/queries/q.sql"] = [[
    -- name: principal :one
    SELECT id, role FROM users WHERE id = :principal_id;
    -- name: register :one
    INSERT INTO users (id) VALUES (:new_id) RETURNING id;
    -- name: my_teams :many
    SELECT team_id FROM members WHERE user_id = :principal_id;
    -- name: level :value
    SELECT level FROM members WHERE team_id = :team AND user_id = :principal_id;
    -- name: members :many
    SELECT user_id FROM members;
    -- name: author :value
    SELECT author_id FROM posts WHERE id = :posts;
    -- name: post :one
    -- optional: slug
    INSERT INTO posts (id, author_id, slug, published) VALUES (:new_id, :principal_id, :slug, 0) RETURNING id;
    -- name: publish :exec
    -- json: posts
    UPDATE posts SET published = 1 WHERE id IN (SELECT value FROM json_each(:posts));
    -- name: posts :many
    SELECT id FROM posts;
    -- name: count_word :exec
    INSERT INTO words (word, times) VALUES (:made, 1) ON CONFLICT (word) DO UPDATE SET times = times + 1;]],
}

local function add(name, contract, handler)
  contract.summary = "It is tested"
  contract.requires = contract.requires or {}
  contract.requires.auth = contract.requires.auth or { "user" }
  contract.requires.validates = contract.requires.validates or object
  app["contracts/" .. name .. ".json"] = json.encode(contract)
  app["app/handlers/" .. name .. ".lua"] = "return function(input, ctx) " .. handler .. " end"
end

local function input(properties, required)
  return { type = "object", properties = properties, required = required }
end

local id = input({ id = { type = "string" } })

add("register", {
  route = "POST /register",
  requires = { auth = "public", reason = "tests", rate_limit = { { limit = 1000, per = "1m", by = "ip" } } },
  uses = { queries = { "q.register" } },
  ensures = { returns = id, session = { start = "new_id", field = "token" }, audit = "registered" },
}, "return ctx.db.q.register()")

add("echo", {
  route = "POST /echo/{a}",
  requires = {
    query = { "b" },
    validates = input({
      a = { type = "integer" },
      b = { type = "boolean" },
      c = { type = "string", normalize = { "trim", "lower" }, maxLength = 3 },
    }, { "a" }),
  },
  ensures = { returns = input { a = { type = "integer" }, b = { type = "boolean" }, c = { type = "string" } } },
}, "return input")

add("whole", {
  route = "PUT /whole/{a}",
  requires = {
    body = "items",
    validates = input({ a = { type = "string" }, items = { type = "array", items = { type = "integer" } } }, { "a", "items" }),
  },
  ensures = { returns = { type = "integer" } },
}, "return #input.items")

add("levels", {
  route = "GET /teams/{team}/members",
  requires = {
    validates = input({ team = { type = "string" } }, { "team" }),
    owns = { team = { query = "q.level", ["in"] = { "owner", "editor" } } },
  },
  uses = { queries = { "q.members" } },
  ensures = { returns = { type = "array", items = input { user_id = { type = "string" } } } },
}, "return ctx.db.q.members()")

add("open_levels", {
  route = "GET /open/{team}",
  requires = {
    validates = input({ team = { type = "string" } }, { "team" }),
    owns = { team = { query = "q.level", ["in"] = { "owner" }, deny = 403 } },
  },
  ensures = { returns = { type = "boolean" } },
}, "return true")

add("post", {
  route = "POST /posts",
  requires = { validates = input { slug = { type = "string" } } },
  uses = { queries = { "q.post" } },
  ensures = {
    returns = id,
    errors = { taken = { status = 409, on_unique = { "users.id", "index 'by_slug'" } } },
    audit = "posted",
  },
}, "return ctx.db.q.post()")

add("publish", {
  route = "POST /publish",
  requires = {
    validates = input({ posts = { type = "array", items = { type = "string" }, maxItems = 9 } }, { "posts" }),
    owns = { posts = "q.author" },
  },
  uses = { queries = { "q.publish" } },
  ensures = { returns = { type = "integer" }, audit = { action = "published", record = { "posts" } } },
}, "return ctx.db.q.publish()")

add("posts", {
  route = "GET /posts",
  uses = { queries = { "q.posts" } },
  ensures = { returns = { type = "array", items = id } },
}, "return ctx.db.q.posts()")

add("count", {
  route = "POST /count",
  requires = { validates = input({ word = { type = "string" }, times = { type = "integer" } }, { "word", "times" }) },
  uses = {
    queries = { { name = "q.count_word", calls = 3 } },
    computes = { made = { type = "string", pattern = "^[a-z]+$", maxLength = 20 } },
  },
  ensures = { returns = { type = "boolean" }, audit = "counted" },
}, "for _ = 1, input.times do ctx.db.q.count_word { made = input.word .. 'x' } end return true")

add("few", {
  route = "POST /few",
  extends = { "templates/few" },
  requires = { validates = input({ word = { type = "string", maxLength = 10 } }) },
  ensures = { returns = { type = "boolean" } },
}, "return true")

add("privileged", {
  route = "GET /privileged",
  requires = { auth = { "admin" } },
  ensures = { returns = { type = "boolean" } },
  denials = { forbidden = 404 },
}, "return true")

add("others", { route = "GET /others", requires = { auth = { "admin" } }, ensures = { returns = { type = "boolean" } } },
  "return true")

add("everywhere", {
  route = "POST /end",
  ensures = { returns = { ["204"] = json.null }, session = { ["end"] = "all" }, audit = "ended" },
}, "return nil, 204")

describe("the language:", function()
  local path, remove, server

  setup(function()
    path, remove = folder.make(app)
    server = servers.start { folder = path }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  local function request(who, method, target, body)
    if body == nil and method ~= "GET" then body = json.null end
    local text = body and (body == json.null and "{}" or json.encode(body))
    return server:request(method, target, { token = who and who.token, body = text })
  end

  local function allowed(...)
    local reply = request(...)
    assert.is_true(reply.status < 300, reply.body)
    return reply.json
  end

  local function refused(status, code, ...)
    local before = server:snapshot()
    local reply = request(...)
    assert.same({ status, code }, { reply.status, reply.json.code })
    assert.equal(before, server:snapshot())
  end

  -- Somebody new, with a token.
  local function somebody(role)
    local user = allowed(nil, "POST", "/register")
    if role then server:execute(("UPDATE users SET role = '%s' WHERE id = '%s'"):format(role, user.id)) end
    return user
  end

  describe("query", function()
    it("takes fields of a POST from the query string, coerced, and the others from the body", function()
      assert.same({ a = 7, b = true, c = "abc" }, allowed(somebody(), "POST", "/echo/7?b=true", { c = " ABC " }))
    end)

    it("refuses them in the body, and those of the body in the query string", function()
      refused(400, "malformed", somebody(), "POST", "/echo/7", { b = true })
      refused(400, "malformed", somebody(), "POST", "/echo/7?c=abc")
      refused(400, "invalid_input", somebody(), "POST", "/echo/07?b=true")
      refused(400, "invalid_input", somebody(), "POST", "/echo/7?b=1")
    end)
  end)

  describe("normalize", function()
    it("comes before everything else that looks at a value", function()
      assert.equal("abc", allowed(somebody(), "POST", "/echo/7", { c = "  ABC\t" }).c)
      refused(400, "invalid_input", somebody(), "POST", "/echo/7", { c = " ABCD " })
    end)
  end)

  describe("body", function()
    it("gives the whole body to one field", function()
      assert.equal(3, allowed(somebody(), "PUT", "/whole/x", { 1, 2, 3 }))
    end)

    it("refuses what its schema does not admit", function()
      refused(400, "invalid_input", somebody(), "PUT", "/whole/x", { 1, "2" })
      refused(400, "invalid_input", somebody(), "PUT", "/whole/x", { items = { 1 } })
    end)
  end)

  describe("owns", function()
    local function member(level)
      local user, team = somebody(), somebody().id -- an id is an id
      server:execute(("INSERT INTO members VALUES ('%s', '%s', '%s')"):format(team, user.id, level))
      return user, "/teams/" .. team .. "/members"
    end

    it("allows the values that are listed", function()
      for _, level in ipairs { "owner", "editor" } do
        local user, target = member(level)
        assert.same({ { user_id = user.id } }, allowed(user, "GET", target))
      end
    end)

    it("refuses other values, and who has none", function()
      local guest, target = member "guest"
      refused(404, "not_found", guest, "GET", target)
      refused(404, "not_found", somebody(), "GET", target)
      refused(404, "not_found", guest, "GET", "/teams/none/members")
    end)

    it("forbids where the contract says so, of nothing found as well", function()
      local user, target = member "owner"
      target = target:gsub("^/teams", "/open"):gsub("/members$", "")
      assert.is_true(allowed(user, "GET", target))
      refused(451, "forbidden", somebody(), "GET", target) -- the policy gives `forbidden` this status
      refused(451, "forbidden", user, "GET", "/open/none")
    end)

    it("asks for each element of a list", function()
      local ada, bob = somebody(), somebody()
      local one, two = allowed(ada, "POST", "/posts").id, allowed(ada, "POST", "/posts").id
      local his = allowed(bob, "POST", "/posts").id
      assert.equal(2, allowed(ada, "POST", "/publish", { posts = { one, two } }))
      refused(404, "not_found", ada, "POST", "/publish", { posts = { one, his } })
      refused(404, "not_found", ada, "POST", "/publish", { posts = { "none" } })
    end)
  end)

  describe("a policy's", function()
    it("owner with `in` shows the rows of one's teams, and no others", function()
      local user = somebody()
      server:execute(("INSERT INTO members VALUES ('t1', '%s', 'owner'), ('t1', 'x', 'guest'), ('t2', 'x', 'owner')")
        :format(user.id))
      local found = allowed(user, "GET", "/teams/t1/members")
      assert.equal(2, #found)
    end)

    it("`readable` shows rows of others, but lets nobody change them", function()
      local ada, bob = somebody(), somebody()
      local public, draft = allowed(ada, "POST", "/posts").id, allowed(ada, "POST", "/posts").id
      allowed(ada, "POST", "/publish", { posts = { public } })
      local seen = {}
      for _, post in ipairs(allowed(bob, "GET", "/posts")) do seen[post.id] = true end
      assert.same({ true, nil }, { seen[public], seen[draft] })
      refused(404, "not_found", bob, "POST", "/publish", { posts = { public } })
    end)

    it("limits are the most that a contract has", function()
      allowed(somebody(), "POST", "/posts", { slug = ("a"):rep(1900) })
      refused(413, "body_too_large", somebody(), "POST", "/posts", { slug = ("b"):rep(2100) })
    end)

    it("denials have other statuses, unless the contract says another", function()
      refused(451, "forbidden", somebody(), "GET", "/others")
      refused(404, "forbidden", somebody(), "GET", "/privileged")
      allowed(somebody "admin", "GET", "/privileged")
    end)
  end)

  describe("errors", function()
    it("are raised by an index of expressions, which a list names", function()
      local user = somebody()
      allowed(user, "POST", "/posts", { slug = "Hello" })
      refused(409, "taken", user, "POST", "/posts", { slug = "hello" })
    end)
  end)

  describe("calls", function()
    it("lets a write run so often, with what the handler computes", function()
      allowed(somebody(), "POST", "/count", { word = "often", times = 3 })
      assert.equal(3, tonumber(server:rows("SELECT times FROM words WHERE word = 'oftenx'")[1].times))
    end)

    it("rolls everything back beyond that", function()
      refused(500, "contract_breach", somebody(), "POST", "/count", { word = "more", times = 4 })
    end)
  end)

  describe("computes", function()
    it("refuses a value that its schema does not admit", function()
      refused(500, "contract_breach", somebody(), "POST", "/count", { word = "NO", times = 1 })
      refused(500, "contract_breach", somebody(), "POST", "/count", { word = ("a"):rep(20), times = 1 })
    end)
  end)

  describe("extends", function()
    it("adds a template's schema, roles and rate limits to the contract's own", function()
      local user = somebody()
      refused(400, "invalid_input", user, "POST", "/few", { word = "toolong" })
      allowed(user, "POST", "/few", { word = "short" })
      refused(420, "rate_limited", user, "POST", "/few", { word = "short" })
      refused(451, "forbidden", somebody "admin", "POST", "/few", { word = "short" })
    end)
  end)

  describe("session", function()
    it("ends all sessions of the principal, and nobody else's", function()
      local user, other = somebody(), somebody()
      server:execute(([[INSERT INTO writ_session
        SELECT randomblob(32), principal_id, started_ms, expires_ms, used_ms, idle_ms, ends_ms, label, roles, scopes FROM writ_session WHERE principal_id = '%s']])
        :format(user.id))
      allowed(user, "POST", "/end")
      refused(401, "unauthenticated", user, "GET", "/posts")
      assert.same({}, server:rows(("SELECT 1 FROM writ_session WHERE principal_id = '%s'"):format(user.id)))
      allowed(other, "GET", "/posts")
    end)
  end)
end)
