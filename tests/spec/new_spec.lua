-- `writ new`: each template in the app that `writ init` writes, over new tables and over those that are there. What it
-- writes is in order and serves; what is wrong is said with the flag that it is about, and nothing is written.
local lua54 = require "support.lua54"
local servers = require "support.server"
local fits = require("support.documents").fits
local json = require "cjson"

local temporary
setup(function() temporary = servers.capture("mktemp -d"):gsub("%s+$", "") end)
teardown(function() os.execute("rm -rf " .. temporary) end)

local function shell(command, ...) return servers.capture(command:format(...)) end

local apps = 0
local function app()
  apps = apps + 1
  local path = ("%s/app%d"):format(temporary, apps)
  assert(select(3, servers.run("init " .. path)) == 0)
  return path
end

local function write(path, text)
  assert(os.execute(("mkdir -p '%s'"):format(path:match "^(.*)/")))
  servers.write_file(path, text)
end

local function command(path, name, options)
  local words = { "new" }
  if name then words[2] = servers.quote(name) end
  if name then words[3] = path end
  for option, value in pairs(options or {}) do
    words[#words + 1] = value == true and "--" .. option or ("--%s=%s"):format(option, servers.quote(value))
  end
  return table.concat(words, " ")
end

local function new(path, name, options) return servers.run(command(path, name, options)) end

-- `warned` is a pattern of the one warning that is meant to come.
local function assert_new(path, name, options, warned)
  local out, err, code = new(path, name, options)
  assert.equal(0, code, name .. ": " .. err)
  if not warned then assert.equal("", err) end
  local checked, wrong, failed = servers.run("check " .. path)
  assert.equal(0, failed, checked .. wrong)
  if warned then assert.matches("^[^\n]*" .. warned .. "[^\n]*\n$", wrong) else assert.equal("", wrong) end
  assert.equal("", shell("grep -rF '{{' %s/contracts %s/app %s/tests", path, path, path))
  return out
end

-- All files with their contents, as one text.
local function snapshot(path) return shell("cd %s && find . -type f | sort | xargs sha256sum; find . -type d | sort", path) end

-- The specs that it wrote pass.
local function assert_tested(path, at_least)
  local report, output = lua54.specs(path, "tests")
  assert.truthy(report, output)
  assert.same({ failed = 0, errors = 0 }, { failed = report.failed, errors = report.errors }, output)
  assert.is_true(report.passed >= at_least, output)
end

-- `writ test` finds nothing wrong with these contracts (all, if none is named), and could try everything.
local function assert_unharmed(path, ...)
  local only = ""
  for _, name in ipairs { ... } do only = only .. " --contract " .. name end
  local out, err, code = servers.run(("test --only attacks --json --seed 7%s %s"):format(only, path))
  assert.equal(0, code, err .. out)
  local attacks = json.decode(out).attacks
  assert.equal(0, attacks.failed)
  assert.equal(0, attacks.not_tried, out)
  assert.is_true(attacks.passed > 100)
end

local kinds = "line:string(2..20),page:text(0..30)?,count:integer(-5..5),weight:number,open:boolean,day:date?,"
  .. "at:datetime,mail:email,ref:uuid?,link:url,state:enum(new|old)"
local thing = { line = " ab ", page = "x", count = -5, weight = 1.5, open = false, day = "2026-05-01",
  at = "2026-05-01T12:00:00Z", mail = "Eve@Example.com", link = "https://example.com/", state = "new" }

describe("writ new", function()
  local path, server, ada, bob, root
  setup(function()
    path = app()
    local function add(...) return assert_new(path, ...) end
    add("things", { template = "owner-crud", fields = kinds })
    add("posts.list", { template = "public-read", route = "GET /posts", fields = "title:string", reason = 'A "blog"' })
    add("posts.read", { template = "public-read", route = "GET /posts/{post_id}" })
    add("posts.create", { template = "admin-only", route = "POST /posts" })
    add("posts.update", { template = "admin-only", route = "PATCH /posts/{post_id}" })
    add("posts.delete", { template = "admin-only", route = "DELETE /posts/{post_id}" })
    add("tasks.import", { template = "batch", route = "POST /tasks/batch" })
    add("users.list", { template = "admin-only", route = "GET /users" })
    add("users.set_role", { template = "admin-only", route = "PATCH /users/{user_id}", fields = "role:enum(user|admin)" })
    add("users.read", { template = "signed-in", route = "GET /users/{user_id}" })
    add("sessions.create", { template = "login", route = "POST /sessions" })
    add("boxes.create", { template = "signed-in", route = "POST /boxes", fields = "size:integer(1..9)", role = "user" })
    add("boxes.list", { template = "signed-in", route = "GET /boxes" })
    add("boxes.read", { template = "signed-in", route = "GET /boxes/{box_id}" })
    add("boxes.update", { template = "signed-in", route = "PATCH /boxes/{box_id}", fields = "size:integer(2..3)" })
    add("boxes.delete", { template = "signed-in", route = "DELETE /boxes/{box_id}" })
    add("any_box.read", { template = "signed-in", route = "GET /any/boxes/{box_id}", table = "boxes", role = "user,admin" })
    add("any_box.delete", { template = "signed-in", route = "DELETE /any/boxes/{box_id}", table = "boxes", role = "admin,user" })
    add("everything.list", { template = "admin-only", route = "GET /everything", table = "things" })
    server = servers.start { folder = path, seed = path .. "/tests/fixtures.sql" }
    ada = server:login("ada@example.com", "ada-loves-engines")
    bob = server:login("bob@example.com", "bob-builds-bridges")
    root = server:login("root@example.com", "root-reads-audits")
  end)
  teardown(function() server:stop() end)

  local function call(token, method, route, body)
    return server:request(method, route, { token = token, json = body })
  end

  it("writes specs, which pass", function() assert_tested(path, 38) end)

  it("writes what the derived attacks find nothing wrong with", function()
    assert_unharmed(path, "things.create", "things.list", "things.read", "things.update", "things.delete", "posts.list",
      "posts.read", "posts.update", "posts.delete", "tasks.import", "sessions.create", "any_box.read", "users.read")
  end)

  it("owner-crud: what people create is theirs", function()
    local made = call(ada, "POST", "/things", thing)
    assert.equal(201, made.status, made.body)
    assert.equal("ab", made.json.line)
    assert.equal("eve@example.com", made.json.mail)
    assert.is_false(made.json.open)
    assert.equal(json.null, made.json.ref)
    local route = "/things/" .. made.json.id
    assert.same(made.json, call(ada, "GET", route).json)
    local listed = call(ada, "GET", "/things").json.things -- the first is of the fixtures
    assert.same({ 2, made.json }, { #listed, listed[2] })
    local changed = call(ada, "PATCH", route, { open = true, page = json.null })
    assert.is_true(changed.json.open)
    assert.equal(json.null, changed.json.page)
    assert.equal("ab", changed.json.line)
    for _, method in ipairs { "GET", "DELETE" } do assert.equal(404, call(bob, method, route).status) end
    assert.equal(404, call(bob, "PATCH", route, { open = false }).status)
    assert.equal(1, #call(bob, "GET", "/things").json.things)
    assert.equal(422, call(ada, "POST", "/things", { line = "x" }).status)
    assert.equal(3, #call(root, "GET", "/everything").json.things)
    assert.equal(403, call(ada, "GET", "/everything").status)
    assert.equal(204, call(ada, "DELETE", route).status)
    assert.equal(404, call(ada, "GET", route).status)
  end)

  it("its lists have pages", function()
    server:execute [[WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 158)
      INSERT INTO posts (id, title, created_at) SELECT '01890000-0000-7000-8000-000000000' || i, 'Post', 0 FROM n]]
    local first = call(nil, "GET", "/posts").json
    assert.equal(50, #first.posts)
    local second = call(nil, "GET", "/posts?after=" .. first.next).json
    assert.equal(11, #second.posts) -- two are of the fixtures
    assert.is_nil(second.next)
    server:execute "DELETE FROM posts"
  end)

  it("public-read and admin-only: anybody reads what an admin writes", function()
    assert.equal(403, call(ada, "POST", "/posts", { title = "Mine" }).status)
    local post = call(root, "POST", "/posts", { title = "News" }).json
    assert.same(post, call(nil, "GET", "/posts/" .. post.id).json)
    assert.equal("Old", call(root, "PATCH", "/posts/" .. post.id, { title = "Old" }).json.title)
    assert.equal(204, call(root, "DELETE", "/posts/" .. post.id).status)
    for _, method in ipairs { "GET", "DELETE" } do
      assert.equal("no_such_post", call(root, method, "/posts/" .. post.id).json.code)
    end
    assert.equal("no_such_post", call(root, "PATCH", "/posts/" .. post.id, { title = "x" }).json.code)
    assert.equal('A "blog"', json.decode(servers.read_file(path .. "/contracts/posts/list.json")).requires.reason)
  end)

  it("batch: all or none", function()
    local reply = call(bob, "POST", "/tasks/batch", { { title = "One" }, { title = "Two", due = "2026-05-01" } })
    assert.equal(201, reply.status, reply.body)
    assert.equal(2, reply.json.created)
    assert.equal(3, #call(bob, "GET", "/tasks").json.tasks)
    assert.equal(422, call(bob, "POST", "/tasks/batch", { { title = "Three" }, { title = "" } }).status)
    assert.equal(3, #call(bob, "GET", "/tasks").json.tasks)
  end)

  it("knows of people: their own rows, guarded and secret columns, unique ones", function()
    local users = call(root, "GET", "/users")
    assert.equal(3, #users.json.users)
    assert.is_nil(users.json.users[1].password_hash)
    local id = users.json.users[1].id
    assert.equal("Ada", call(ada, "GET", "/users/" .. id).json.name)
    assert.equal(404, call(bob, "GET", "/users/" .. id).status)
    assert.equal(403, call(ada, "PATCH", "/users/" .. id, { role = "admin" }).status)
    assert.equal("admin", call(root, "PATCH", "/users/" .. id, { role = "admin" }).json.role)
    assert.equal("user", call(root, "PATCH", "/users/" .. id, { role = "user" }).json.role)
    assert.equal(422, call(root, "PATCH", "/users/" .. id, { role = "king" }).status)
    local errors = json.decode(servers.read_file(path .. "/contracts/users/set_role.json")).ensures.errors
    assert.equal("users.email", errors.email_taken.on_unique)
  end)

  it("login: a session for who knows the password", function()
    local function login(password)
      return call(nil, "POST", "/sessions", { email = "ada@example.com", password = password })
    end
    assert.equal(401, login("guess").status)
    local token = login("ada-loves-engines").json.token
    assert.equal(200, call(token, "GET", "/tasks").status)
  end)

  it("signed-in: by the method, for the roles and with the fields that were said", function()
    assert.equal(403, call(root, "POST", "/boxes", { size = 1 }).status)
    local box = call(ada, "POST", "/boxes", { size = 1 }).json
    assert.equal(422, call(ada, "PATCH", "/boxes/" .. box.id, { size = 9 }).status)
    assert.equal(3, call(ada, "PATCH", "/boxes/" .. box.id, { size = 3 }).json.size)
    assert.equal(1, #call(bob, "GET", "/boxes").json.boxes)
    assert.equal(404, call(bob, "DELETE", "/boxes/" .. box.id).status)
    assert.equal(403, call(root, "GET", "/boxes").status)
    assert.equal(200, call(root, "GET", "/any/boxes/" .. box.id).status)
    assert.equal("not_found", call(bob, "GET", "/any/boxes/" .. box.id).json.code)
    assert.equal(204, call(ada, "DELETE", "/boxes/" .. box.id).status)
    assert.equal("no_such_box", call(root, "GET", "/any/boxes/" .. box.id).json.code)
    assert.equal("no_such_box", call(root, "DELETE", "/any/boxes/" .. box.id).json.code)
  end)
end)

describe("writ new over tables that are there", function()
  it("takes columns, keys, checks and references from the migrations", function()
    local path = app()
    write(path .. "/contracts/migrations/0003_orders.sql", [[
CREATE TABLE orders (
  number INTEGER PRIMARY KEY,
  buyer TEXT NOT NULL REFERENCES users (id),
  task TEXT REFERENCES tasks (id),
  code TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid')),
  paid INTEGER NOT NULL CHECK (paid IN (1, 0)),
  price REAL NOT NULL,
  twice REAL AS (price * 2),
  updated_at INTEGER NOT NULL
) STRICT;
]])
    local policy = servers.read_file(path .. "/contracts/policy.json")
    policy = policy:gsub('"tables": {', '"tables": {\n    "orders": { "owner": "buyer", "guarded": ["state"] },')
    write(path .. "/contracts/policy.json", policy)
    assert_new(path, "orders", { template = "owner-crud" })
    local contract = json.decode(servers.read_file(path .. "/contracts/orders/create.json"))
    assert.same({ "code", "paid", "price" }, contract.requires.validates.required)
    assert.same({ status = 422, on_foreign_key = true }, contract.ensures.errors.no_such_reference)
    assert.same({ { when = { input = { properties = { task = { type = "string" } }, required = { "task" } } },
      require = { owns = { task = "orders.task_owner" } } } }, contract.requires.rules)
    assert.equal("orders.code", contract.ensures.errors.code_taken.on_unique)
    local def = json.decode(servers.read_file(path .. "/contracts/defs/order.json"))
    assert.same({ enum = { "new", "paid" } }, def.properties.state)
    assert.same({ type = "boolean" }, def.properties.paid)
    assert.equal("integer", def["$defs"].number.type)
    assert.is_nil(def["$defs"].twice)
    assert.equal(policy, servers.read_file(path .. "/contracts/policy.json"))
    local server = servers.start { folder = path, seed = path .. "/tests/fixtures.sql" }
    finally(function() server:stop() end)
    local ada = server:login("ada@example.com", "ada-loves-engines")
    local order = server:request("POST", "/orders", { token = ada, json = { code = "a", paid = true, price = 2 } })
    assert.equal(201, order.status, order.body)
    assert.equal(1, order.json.number)
    assert.equal(4, order.json.twice)
    local again = server:request("POST", "/orders", { token = ada, json = { code = "a", paid = true, price = 2 } })
    assert.equal("code_taken", again.json.code)
    local lost = server:request("POST", "/orders", { token = ada, json = { code = "b", paid = true, price = 2, task = "x" } })
    assert.equal("not_found", lost.json.code)
    local bobs = "01890000-0000-7000-8000-0000000000b1"
    for task, status in pairs { [bobs] = 404, ["01890000-0000-7000-8000-0000000000a1"] = 200, [json.null] = 200 } do
      local reply = server:request("PATCH", "/orders/1", { token = ada, json = { task = task } })
      assert.equal(status, reply.status, reply.body)
    end
    assert.equal(200, server:request("GET", "/orders/1", { token = ada }).status)
    assert_tested(path, 14)
    assert_unharmed(path, "orders.create", "orders.list")
  end)

  it("asks whose rows it is that columns refer to, through their parents, and tests with rows of the fixtures", function()
    local path = app()
    write(path .. "/contracts/migrations/0003_steps.sql", [[
CREATE TABLE steps (id TEXT NOT NULL PRIMARY KEY, task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE) STRICT;
CREATE TABLE tools (
  id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, step_id TEXT NOT NULL REFERENCES steps (id) ON DELETE CASCADE
) STRICT;
CREATE TABLE marks (
  id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE
) STRICT;
]])
    local policy = servers.read_file(path .. "/contracts/policy.json")
    write(path .. "/contracts/policy.json", (policy:gsub('"tables": {', [["tables": {
      "steps": { "parent": ["task_id", "tasks"] },
      "tools": { "owner": "owner_id" },
      "marks": { "owner": "owner_id" },]])))
    local fixtures = servers.read_file(path .. "/tests/fixtures.sql")
    write(path .. "/tests/fixtures.sql", fixtures .. [[
INSERT INTO steps (id, task_id) SELECT 's' || id, id FROM tasks;
INSERT INTO tools (id, owner_id, step_id) SELECT 't' || id, owner_id, 's' || id FROM tasks;
INSERT INTO marks (id, owner_id, task_id) SELECT 'm' || id, owner_id, id FROM tasks;
]])
    assert_new(path, "tools", { template = "owner-crud" })
    assert_new(path, "marks", { template = "owner-crud" })
    local function requires(name) return json.decode(servers.read_file(path .. "/contracts/" .. name)).requires end
    assert.same({ step_id = "tools.step_id_owner" }, requires("tools/create.json").owns)
    assert.matches("WHERE id = (SELECT task_id FROM steps WHERE id = :step_id);",
      servers.read_file(path .. "/contracts/queries/tools.sql"), 1, true)
    assert.same({ task_id = "tasks.owner" }, requires("marks/create.json").owns) -- that query is there
    assert_tested(path, 18)
    assert_unharmed(path, "tools.create", "tools.update", "marks.create", "marks.update")
  end)

  it("asks by the column that is referred to, and where names stand in quotes leaves it to people", function()
    local path = app()
    write(path .. "/contracts/migrations/0003_sets.sql", [[
CREATE TABLE sets (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE "group" (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, set_name TEXT REFERENCES sets (name)) STRICT;
CREATE TABLE tools (
  id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, set_name TEXT REFERENCES sets (name), heap TEXT REFERENCES "group"
) STRICT;
]])
    local policy = servers.read_file(path .. "/contracts/policy.json")
    write(path .. "/contracts/policy.json", (policy:gsub('"tables": {', [["tables": {
      "sets": { "owner": "owner_id" },
      "group": { "owner": "owner_id" },
      "tools": { "owner": "owner_id" },]])))
    assert_new(path, "tools.create", { template = "signed-in", route = "POST /tools" },
      "W0350: nothing asks whose row of group it is that 'heap' names")
    local queries = servers.read_file(path .. "/contracts/queries/tools.sql")
    assert.matches("SELECT owner_id FROM sets WHERE name = :set_name;", queries, 1, true)
    assert.is_nil(queries:find("heap_owner", 1, true))
  end)

  it("asks by no query of other SQL, whatever it is called", function()
    local path = app()
    write(path .. "/contracts/migrations/0003_tools.sql", [[
CREATE TABLE tools (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, heap TEXT NOT NULL REFERENCES tools) STRICT;
]])
    local policy = servers.read_file(path .. "/contracts/policy.json")
    write(path .. "/contracts/policy.json", (policy:gsub('"tables": {', '"tables": {\n"tools": { "owner": "owner_id" },')))
    local other = "-- name: %s :value\nSELECT owner_id FROM tools WHERE owner_id = :heap;\n"
    write(path .. "/contracts/queries/tools.sql", other:format "owner" .. other:format "heap_owner"
      .. other:format "create_heap_owner")
    local _, err, code = new(path, "tools.create", { template = "signed-in", route = "POST /tools" })
    assert.equal(0, code, err)
    assert.same({ heap = "tools.create_heap_owner_2" },
      json.decode(servers.read_file(path .. "/contracts/tools/create.json")).requires.owns)
    assert.matches("-- name: create_heap_owner_2 :value\nSELECT owner_id FROM tools WHERE id = :heap;",
      servers.read_file(path .. "/contracts/queries/tools.sql"), 1, true)
  end)

  it("begins an app that has nothing but a policy, and keeps how that is laid out", function()
    local layouts = {
      { '{ "tables": {} }', '{ "principal": "people.principal", "tables": {\n  "people": { … },\n  "notes": { "owner": "owner_id" }\n} }' },
      { '{"limits":{"time":"50ms"},\n\t"tables": {\n\t}\n}\n',
        '{"principal": "people.principal", "limits":{"time":"50ms"},\n\t"tables": {\n\t\t"people": { … },\n\t\t"notes": { "owner": "owner_id" }\n\t}\n}\n' },
      { '{\n  "$schema": "policy.schema.json",\n  "tables": {\n    "odd": { "shared": "a \\"} b" }\n  },\n  "privileged": ["admin"]\n}\n',
        '{\n  "$schema": "policy.schema.json",\n  "principal": "people.principal",\n  "tables": {\n    "odd": { "shared": "a \\"} b" },\n    "people": { … },\n    "notes": { "owner": "owner_id" }\n  },\n  "privileged": ["admin"]\n}\n' },
    }
    for i, layout in ipairs(layouts) do
      local path = ("%s/bare%d"):format(temporary, i)
      write(path .. "/contracts/policy.json", layout[1])
      if layout[1]:find '"odd"' then write(path .. "/contracts/migrations/0009_odd.sql", "CREATE TABLE odd (id TEXT PRIMARY KEY) STRICT;") end
      assert_new(path, "people.login", { template = "login", table = "people", fields = "nick:string(3..20)" })
      assert_new(path, "notes", { template = "owner-crud", fields = "body:text", route = "POST /my/notes" })
      local policy = servers.read_file(path .. "/contracts/policy.json"):gsub('("people": {)[^}]*}', "%1 … }")
      assert.equal(layout[2], policy)
      local server = servers.start { folder = path }
      local me = server:request("POST", "/people", { json = { nick = "eve", password = "eve-eats-apples" } })
      assert.equal(201, me.status, me.body)
      local login = server:request("POST", "/login", { json = { nick = "eve", password = "eve-eats-apples" } })
      assert.equal(me.json.id, login.json.id)
      assert.equal(201, server:request("POST", "/my/notes", { token = login.json.token, json = { body = "x" } }).status)
      server:stop()
      assert_tested(path, 5)
      if i == 1 then assert_unharmed(path) end
    end
  end)
end)

describe("writ new", function()
  local path, before
  setup(function()
    path = app()
    before = snapshot(path)
  end)

  local function refused(code, pattern, name, options)
    local out, err, got = new(path, name, options)
    assert.equal("", out)
    assert.equal(code, got, err)
    assert.matches(pattern, err)
    assert.equal(before, snapshot(path), "something was written")
  end

  local good = { template = "signed-in", route = "POST /x", fields = "a:string" }
  local function with(change)
    local options = {}
    for key, value in pairs(good) do options[key] = value end
    for key, value in pairs(change) do options[key] = value or nil end
    return options
  end

  it("names the flag that is wrong, and writes nothing", function()
    local cases = {
      { "^writ: NAME: signed%-in writes one contract", "x" },
      { "^writ: NAME: owner%-crud writes several", "x.y", { template = "owner-crud" } },
      { '^writ: NAME: "" is no name', "../x" },
      { '^writ: NAME: "%.%./x" is no name', "x.../x" },
      { '^writ: NAME: "/tmp/x" is no name', "/tmp/x.y" },
      { '^writ: NAME: "select" is a word of SQL', "select.y" },
      { '^writ: NAME: "end" is a word of Lua', "x.end" },
      { "^writ: NAME: contracts/defs/ is for other things", "defs.x" },
      { '^writ: %-%-template: "crud" is none: public%-read, ', "x.y", { template = "crud" } },
      { '^writ: %-%-route: "x"', "x.y", { route = "x" } },
      { '^writ: %-%-route: "PUT /x"', "x.y", { route = "PUT /x" } },
      { "^writ: %-%-route: .*at most one {parameter}", "x.y", { route = "GET /a/{b}/c/{d}" } },
      { "^writ: %-%-route: .*public%-read is GET", "x.y", { template = "public-read" } },
      { "^writ: %-%-route: .*a batch is POST", "x.y", { template = "batch", route = "GET /x" } },
      { "^writ: %-%-route: .*a log%-in is POST", "x.y", { template = "login", route = "GET /x", fields = false } },
      { "^writ: %-%-route: .*the path of the list", "x", { template = "owner-crud", route = "/" } },
      { '^writ: %-%-table: "%.%./x" is no name', "x.y", { table = "../x" } },
      { '^writ: %-%-table: "table" is a word of SQL', "x.y", { table = "table" } },
      { "^writ: %-%-table: .*names that the host keeps", "x.y", { table = "writ_audit" } },
      { "^writ: %-%-table: the rows of users are people", "x.y", { table = "users", fields = false } },
      { "^writ: %-%-table: .*readable", "x.y", { template = "public-read", route = "GET /x", table = "tasks", fields = false } },
      { '^writ: %-%-table: contracts/policy.json names no `secret`', "x.y", { template = "login", table = "tasks", fields = "title:string" } },
      { '^writ: %-%-role: "admin" is `privileged`', "x", { template = "owner-crud", role = "admin" } },
      { '^writ: %-%-role: "user" is not `privileged`', "x.y", { template = "admin-only", role = "user", table = "tasks", fields = false } },
      { '^writ: %-%-role: "x\'y" is no role', "x.y", { role = "user,x'y" } },
      { '^writ: %-%-role: "" is no role', "x.y", { role = "" } },
      { '^writ: %-%-role: "user" is not `privileged`', "x.y", { template = "admin-only", role = "admin,user", table = "tasks", fields = false } },
      { "^writ: %-%-fields: there is no table x yet", "x.y", { fields = false } },
      { "^writ: %-%-fields: there are none", "x.y", { fields = "" } },
      { '^writ: %-%-fields: "a" has no type', "x.y", { fields = "a" } },
      { '^writ: %-%-fields: a: "varchar" is no type', "x.y", { fields = "a:varchar" } },
      { '^writ: %-%-fields: a: "string%(1" is no type', "x.y", { fields = "a:string(1" } },
      { '^writ: %-%-fields: a: "2%.%.1" is no range', "x.y", { fields = "a:string(2..1)" } },
      { '^writ: %-%-fields: a: "%.%.9999999999999999999" is no range', "x.y", { fields = "a:integer(..9999999999999999999)" } },
      { '^writ: %-%-fields: a: boolean has nothing', "x.y", { fields = "a:boolean(1)" } },
      { "^writ: %-%-fields: a: an enum lists", "x.y", { fields = "a:enum(x|x)" } },
      { "^writ: %-%-fields: a: an enum lists", "x.y", { fields = "a:enum(x'y)" } },
      { '^writ: %-%-fields: "a" is there twice', "x.y", { fields = "a:string,a:date" } },
      { '^writ: %-%-fields: "A" is no name', "x.y", { fields = "A:string" } },
      { '^writ: %-%-fields: "id" is a name that the host', "x.y", { fields = "id:string" } },
      { '^writ: %-%-fields: "has_a" is a name that the host', "x.y", { fields = "has_a:string" } },
      { '^writ: %-%-fields: "order" is a word of SQL', "x.y", { fields = "order:string" } },
      { '^writ: %-%-fields: "local" is a word of Lua', "x.y", { fields = "local:string" } },
      { "^writ: %-%-fields: more than 40", "x.y", { fields = ("f1:date,"):rep(41):gsub("1", (function()
        local n = 0
        return function() n = n + 1 return tostring(n) end
      end)()) } },
      { '^writ: %-%-fields: the table tasks has no column "a"', "x.y", { table = "tasks" } },
      { "^writ: %-%-fields: title is TEXT", "x.y", { table = "tasks", fields = "title:integer" } },
      { "^writ: %-%-fields: title is NOT NULL", "x.y", { table = "tasks", fields = "title:string?" } },
      { "^writ: %-%-fields: role does not come in", "x.y",
        { table = "users", fields = "role:enum(user|admin)", route = "PATCH /x/{y}" } },
    }
    for _, case in ipairs(cases) do refused(2, case[1], case[2], with(case[3] or {})) end
  end)

  it("names the flag that is missing where nobody can be asked", function()
    refused(2, "^writ: NAME is missing", nil)
    refused(2, "^writ: %-%-template is missing: public%-read, ", "x.y", with { template = false })
    refused(2, "^writ: %-%-route is missing", "x.y", with { route = false })
  end)

  it("overwrites nothing", function()
    refused(1, "contracts/queries/tasks.sql: has a query \"create\" already", "tasks.create",
      { template = "signed-in", route = "POST /x" })
    refused(1, "POST /tasks", "x.y", { template = "signed-in", route = "POST /tasks", table = "tasks" })
    refused(1, "nothing was written", "x.y", { template = "signed-in", route = "POST /tasks", table = "tasks" })
    write(path .. "/app/handlers/x/y.lua", "mine")
    before = snapshot(path)
    refused(1, "^writ: app/handlers/x/y.lua: is there already, and nothing is overwritten\n$", "x.y", good)
    os.execute("rm -r " .. path .. "/app/handlers/x")
    before = snapshot(path)
  end)

  it("writes nowhere but into the app's folder, wherever a link leads", function()
    for _, folder in ipairs { "app/handlers/memos", "tests" } do
      local linked, elsewhere = app(), temporary .. "/elsewhere_" .. folder:gsub("/", "_")
      shell("mkdir %s && rm -rf %s/%s && ln -s %s %s/%s", elsewhere, linked, folder, elsewhere, linked, folder)
      local _, err, code = servers.run(("new memos --template owner-crud --fields text:text(0..100) "):gsub("%S+%b()",
        servers.quote) .. linked)
      assert.equal(1, code)
      assert.matches("lies behind a symbolic link, which is not followed", err, 1, true)
      assert.equal("", servers.capture("ls -A " .. elsewhere))
      assert.equal("", servers.capture("ls -d " .. linked .. "/contracts/memos 2>/dev/null"))
    end
  end)

  it("takes back what it wrote if it cannot write the rest", function()
    write(path .. "/contracts/queries/x.sql", "-- " .. ("long "):rep(1000) .. "\n-- name: other :exec\nDELETE FROM tasks;\n")
    before = snapshot(path)
    local out, code = servers.capture(("ulimit -f 8; %s %s 2>&1"):format(servers.writ, command(path, "x.y", good)))
    assert.equal(1, code)
    assert.matches("contracts/queries/x.sql.new: cannot be written: File too large", out, 1, true)
    assert.equal(before, snapshot(path))
    os.remove(path .. "/contracts/queries/x.sql")
    before = snapshot(path)
  end)

  it("needs an app, and one without errors", function()
    local out, err, code = new(temporary, "x.y", good)
    assert.equal("", out)
    assert.equal(1, code)
    assert.matches("there is no app here: begin one with writ init\n$", err)
    write(path .. "/contracts/x/y.json", "{}")
    before = snapshot(path)
    refused(1, "contracts/x/y.json:1:1: error.*writ: the app has errors: mend them first", "x.z", good)
    os.execute("rm -r " .. path .. "/contracts/x")
    before = snapshot(path)
  end)

  it("leaves handlers alone that are wrong already", function()
    local broken = app()
    write(broken .. "/app/handlers/tasks/create.lua", "return funktion")
    local _, err, code = new(broken, "x.y", good)
    assert.equal(0, code, err)
  end)

  it("takes the template of who is signed in only where that leaves the roles", function()
    local function contract(role)
      local out = new(path, "x.y", with { json = true, ["dry-run"] = true, role = role })
      for _, file in ipairs(json.decode(out).files) do
        if file.path == "contracts/x/y.json" then return json.decode(file.text) end
      end
    end
    assert.same({ "templates/signed_in" }, contract("user").extends)
    assert.same({ "user", "clerk" }, contract("user,clerk").requires.auth)
    assert.is_nil(contract("user,clerk").extends)
  end)

  it("shows with --dry-run what it would write", function()
    local out, err, code = new(path, "x.y", with { ["dry-run"] = true })
    assert.equal("", err)
    assert.equal(0, code)
    assert.matches("created contracts/x/y.json\n  {\n", out, 1, true)
    assert.matches('edited  contracts/policy.json\n  "x": { "owner": "owner_id" }\n', out, 1, true)
    assert.equal(before, snapshot(path))
  end)

  it("says it as JSON", function()
    local function told(code, options, name)
      local out, err, got = new(path, name or "x.y", with(options))
      assert.equal("", err)
      assert.equal(code, got)
      return fits("new", out)
    end
    local dry = told(0, { json = true, ["dry-run"] = true })
    assert.equal(before, snapshot(path))
    local real = told(0, { json = true })
    assert.equal(#dry.files, #real.files)
    for _, file in ipairs(dry.files) do assert.equal(file.text, servers.read_file(path .. "/" .. file.path)) end
    assert.matches("has a query", told(1, { json = true }).error)
    assert.matches("^%-%-route: ", told(2, { json = true, route = "x" }).error)
    local taken = told(1, { json = true, route = "POST /tasks", table = "tasks", fields = false }, "x.z")
    assert.matches("nothing was written", taken.error)
    assert.equal("W0306", taken.findings.findings[1].code)
  end)

  it("asks at a terminal for what was not said", function()
    local asked = app()
    local function answer(arguments, ...)
      local lines = table.concat({ ... }, "\n") .. "\n"
      write(temporary .. "/answers", lines)
      return shell("cd %s && script -qec %s /dev/null <%s/answers", asked,
        servers.quote(servers.capture("readlink -f " .. servers.writ):gsub("%s+$", "") .. " new " .. arguments), temporary)
    end
    local out = answer("", "3", "memos", "", "", "text:text(0..100)")
    assert.matches("1  public%-read +anybody reads", out)
    assert.matches("Its route [/memos]", out, 1, true)
    assert.matches("created contracts/memos/delete.json", out, 1, true)
    assert.matches("migrations are applied at its start", out, 1, true)
    assert.equal(0, select(3, servers.run("check " .. asked)))
    out = answer("memos.latest --template signed-in --table memos", "GET /latest")
    assert.matches("created contracts/memos/latest.json", out, 1, true)
    assert.is_nil(out:find("Columns", 1, true))
    assert.is_nil(out:find("migrations", 1, true))
  end)
end)
