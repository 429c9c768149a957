-- `require "writ.testing"`, as the specs of apps use it: those of the example, and small ones whose failures are looked at.
local folder = require "support.folder"
local lua54 = require "support.lua54"
local servers = require "support.server"
local json = require "cjson"

local root = servers.capture("pwd"):gsub("%s+$", "")

-- A route that runs this handler for any user.
local function contract(route, change)
  local text = {
    summary = "It is tested",
    route = route,
    requires = { auth = { "user" }, validates = { type = "object", properties = { value = true } } },
    ensures = { returns = { type = "object", properties = { value = true } }, audit = "tested" },
  }
  if change then change(text) end
  return json.encode(text)
end

local base = {
  ["contracts/misc/echo.json"] = contract "POST /echo",
  ["app/handlers/misc/echo.lua"] = "return function(input) return input end\n",
  ["contracts/misc/talk.json"] = contract "POST /talk",
  ["app/handlers/misc/talk.lua"] = "return function(_, ctx) ctx.log 'one' print('two', 2) return { value = 1 } end\n",
  ["contracts/misc/spin.json"] = contract "POST /spin",
  ["app/handlers/misc/spin.lua"] = "return function() while true do end end\n",
  ["contracts/misc/fill.json"] = contract "POST /fill",
  ["app/handlers/misc/fill.lua"] = [[
    return function()
      local parts = {}
      for i = 1, 2000 do parts[i] = ("x"):rep(100) end
      return { value = #table.concat(parts) }
    end]],
  ["tests/fixtures.sql"] = [[
-- principal: ada ada
-- principal: bob bob
INSERT INTO users (id, email, password_hash) VALUES ('ada', 'ada@example.com', ''), ('bob', 'bob@example.com', '');
INSERT INTO notes (id, owner_id, body) VALUES ('a1', 'ada', 'of ada');
]],
}

local function app_with(files)
  local all = {}
  for path, text in pairs(base) do all[path] = text end
  for path, text in pairs(files) do all[path] = text end
  return folder.make(all)
end

-- The report on a spec of this app: its tests, in a describe that has the app.
local function report_on(tests, files)
  files = files or {}
  files["tests/one_spec.lua"] = ([[
local testing = require "writ.testing"
describe("it", function()
local app = testing.app "."
local ada, bob = app:as "ada", app:as "bob"
%s
end)
]]):format(tests)
  local path, remove = app_with(files)
  local report, output = lua54.specs(path, "tests")
  remove()
  return assert(report, output), output
end

local function passes(tests, count, files)
  local report, output = report_on(tests, files)
  assert.same({ count, 0, 0 }, { report.passed, report.failed, report.errors }, output)
end

-- The messages of all failures, in order, each where it belongs: test i is in line i + 4.
local function messages(tests)
  local lines = {}
  for i, test in ipairs(tests) do lines[i] = ("it('%d', function() %s end)"):format(i, test) end
  local report, output = report_on(table.concat(lines, "\n"))
  assert.equal(#tests, #report.failures, output)
  local found = {}
  for i, failure in ipairs(report.failures) do
    assert.same({ "it " .. i, "tests/one_spec.lua", i + 4 }, { failure.name, failure.file, failure.line }, failure.message)
    found[i] = failure.message
  end
  return found, report
end

describe("the busted helper", function()
  it("runs the example's specs", function()
    local report, output = lua54.specs(root, "")
    assert.same({ 6, 0, 0 }, { report.passed, report.failed, report.errors }, output)
  end)

  it("gives each test the app as the fixtures made it", function()
    passes([[
for i = 1, 3 do
  it("is as it was " .. i, function()
    assert.equal(1, app:value "SELECT count(*) FROM notes")
    assert.same({}, app:audit())
    local began = app:now()
    assert.status(200, ada:post("/echo", {}))
    assert.audited("tested", app, { principal_id = "ada" })
    app:rows("INSERT INTO notes VALUES (?, 'ada', 'x')", "n")
    app:rows("DELETE FROM users WHERE id = 'bob'")
    assert.status(401, bob:post("/echo", {}))
    app:advance "1h"
    assert.equal(began + 3600000, app:now())
  end)
end]], 3)
  end)

  it("sends and gives JSON as it is", function()
    passes([[
it("keeps it", function()
  for _, value in ipairs { testing.null, 9007199254740993, 1.5, "\0é", true, testing.array(), { 1, testing.null }, { a = { b = 1 } } } do
    local reply = ada:post("/echo", { value = value })
    assert.equal(testing.encode { value = value }, testing.encode(reply.json), tostring(reply))
  end
  assert.equal("integer", math.type(ada:post("/echo", { value = 1 }).json.value))
  assert.status(400, ada:post("/echo", "{"))
  assert.status(415, ada:post("/echo", "{}", { headers = { ["Content-Type"] = "text/plain" } }))
  assert.equal("POST, OPTIONS", ada:get("/echo").headers.Allow)
  assert.status(422, app:as_id("ada"):request("POST", "/echo", { body = { other = 1 } }))
  assert.equal("", ada:head("/notes/a1").body)
  assert.same({ id = "a1", body = "of ada" }, ada:get("/notes/a1").json)
  assert.same({ "one", "two\t2" }, ada:post("/talk", {}).log)
end)]], 1)
  end)

  it("signs webhooks as their senders do", function()
    local files = {
      ["writ.json"] = json.encode { webhooks = {
        hub = { scheme = "github", secret_env = "NOBODY_SETS_THIS" },
        stripe = { scheme = "stripe", secret_env = "NOR_THIS" },
      } },
    }
    for _, name in ipairs { "hub", "stripe" } do
      files[("contracts/misc/%s.json"):format(name)] = contract("POST /" .. name, function(text)
        text.requires.auth = { "webhook:" .. name }
      end)
      files[("app/handlers/misc/%s.lua"):format(name)] = "return function(input) return input end\n"
    end
    passes([[
it("does", function()
  for _, name in ipairs { "hub", "stripe" } do
    assert.same({ value = 1 }, app:webhook(name):post("/" .. name, { value = 1 }).json)
    assert.status(401, app:post("/" .. name, { value = 1 }))
    app:advance "1d"
  end
  assert.has_error(function() app:webhook("paypal"):post("/hub", {}) end,
    "this request cannot be sent: writ.json has no webhook paypal")
end)]], 1, files)
  end)

  it("knows people whose ids are integers", function()
    passes([[
it("does", function()
  assert.status(200, ada:post("/echo", {}))
  assert.status(200, app:as_id(2):post("/echo", {}))
  assert.audited("tested", app, { principal_id = ada.id })
  assert.audited("tested", app, { principal_id = 2 })
  assert.is_not.audited("tested", app, { principal_id = 3 })
end)]], 1, {
      ["contracts/migrations/0001_base.sql"] = folder.base["contracts/migrations/0001_base.sql"]
        :gsub("users %(id TEXT", "users (id INTEGER"):gsub("owner_id TEXT", "owner_id INTEGER"),
      ["tests/fixtures.sql"] = [[
-- principal: ada 1
-- principal: bob 2
INSERT INTO users (id, email, password_hash) VALUES (1, 'ada@example.com', ''), (2, 'bob@example.com', '');
]],
    })
  end)

  it("sets the time that contracts see", function()
    passes([[
it("has it", function()
  app:set_time "2030-01-31T12:00:00Z"
  ada:post("/echo", {})
  assert.equal(1896091200000, app:audit()[1].time_ms)
  app:set_time(1000)
  assert.equal(1000, app:now())
end)]], 1)
  end)

  it("says what a test's author did wrong, where", function()
    local found = messages {
      [[app:as "eve"]],
      [[ada.post("/echo")]],
      [[ada:post("echo", {})]],
      [[ada:post("/é", {})]],
      [[ada:post("/echo", { a = { print } })]],
      [[ada:get("/echo", { value = 1 })]],
      [[ada:post("/echo", {}, { header = {} })]],
      [[ada:post("/echo", {}, { headers = { Origin = "a\r\nCookie: b" } })]],
      [[app:rows "SELECT nothing"]],
      [[app:value "SELECT 1 AS a, 2 AS b"]],
      [[app:advance "soon"]],
      [[app:set_time "2026-02-30"]],
      [[testing.app "nowhere"]],
      [[testing.app(".", { fixture = "x" })]],
      [[assert.status(200, app)]],
      [[assert.audited("tested", ada:post("/echo", {}))]],
    }
    assert.same({
      "nobody is called eve in the fixtures; there are: ada, bob",
      "write a colon: app:post(…)",
      "this request cannot be sent: a path begins with /",
      "this request cannot be sent: a path has only visible ASCII characters but #: write others as %20 or %C3%A9, or give them as `query`",
      "the body cannot be JSON: a[1] is a function, which JSON does not have",
      "what is said of a GET has no value; there are: headers query address secure",
      "what is said of a POST has no header; there are: headers query address secure",
      "this request cannot be sent: the header origin has a control character",
      'cannot understand the statement: near "nothing": syntax error',
      "a value is one column, and this statement has several",
      "soon is no duration: write 30s, 5m, 12h or 30d",
      "2026-02-30 is no time: write 2026-01-31T12:00:00Z, or UNIX milliseconds",
      "the app in nowhere does not load:\nerror W0103: there is no app in nowhere: name the folder that has contracts/ and app/",
      "what is said of an app has no fixture; there are: fixtures dev",
      "assert.status(STATUS, REPLY): a reply is wanted, and this is a table",
      "assert.audited(ACTION, APP): an app is wanted, and this is a table",
    }, found)
  end)

  it("says in a failure what there was instead", function()
    local found, report = messages {
      [[assert.status(201, ada:post("/echo", { value = 1 }))]],
      [[assert.is_not.status(200, ada:post("/talk", {}))]],
      [[assert.problem("not_found", ada:post("/echo", {}))]],
      [[assert.problem("conflict", app:get "/notes/a1")]],
      [[ada:post("/echo", {}) app:get("/notes/a1") assert.audited("lost", app, { principal_id = "ada" })]],
      [[assert.audited("lost", app)]],
      [[assert.rows({ { n = 2 } }, app, "SELECT count(*) AS n FROM notes")]],
      [[assert.same({ value = 2 }, ada:post("/echo", { value = testing.null }).json)]],
    }
    assert.same({ 8, 0 }, { report.failed, report.errors })
    assert.equal('Expected status 201 of POST /echo as ada: 200\n{"value":1}', found[1])
    assert.equal('Expected status 200 of POST /talk as ada: 200\n{"value":1}\nlogged:\n  one\n  two\t2', found[2])
    assert.equal("Expected problem not_found of POST /echo as ada: 200\n{}", found[3])
    assert.matches('^Expected problem conflict of GET /notes/a1: 401\n{.*"code":"unauthenticated"', found[4])
    assert.equal('Expected an audit row with action = "lost", outcome = "ok", principal_id = "ada".\nSince the test began:\n'
      .. '  ok tested by ada {}\n  denied notes.one: unauthenticated by nobody {}', found[5])
    assert.matches("Since the test began:\n  none$", found[6])
    assert.equal('Expected [{"n":2}] of\nSELECT count(*) AS n FROM notes\nwhich gives [{"n":1}]', found[7])
    assert.matches("[value] = null", found[8], 1, true)
  end)

  it("does not test what does not load, and says why where it is opened", function()
    local report = report_on("it('is not run', function() end)", {
      ["app/handlers/misc/echo.lua"] = "return function(input)\n  return input +\nend\n",
    })
    assert.same({ 0, 0, 1 }, { report.passed, report.failed, report.errors })
    local failure = report.failures[1]
    assert.same({ "it", "tests/one_spec.lua", 3 }, { failure.name, failure.file, failure.line })
    assert.matches("^the app in %. does not load:\napp/handlers/misc/echo.lua:3:", failure.message)
  end)

  it("lets apps be closed in any order, collected or left open", function()
    passes([[
it("works with several", function()
  local function works(other)
    local user = other:as "ada"
    assert.equal(200000, user:post("/fill", {}).json.value)
    assert.problem("handler_deadline", user:post("/spin", {}))
  end
  local others = {}
  for i = 1, 3 do others[i] = testing.app "." end
  works(others[2])
  others[1]:close()
  works(others[3])
  others[2]:close()
  works(app)
  others[3] = nil
  collectgarbage()
  works(app)
  do local another <close> = testing.app "." works(another) end
  works(app)
  assert.has_error(function() others[1]:rows "SELECT 1" end, "this app is closed")
end)
it("may end with one", function() _G.left = testing.app "." end)]], 2)
    local path, remove = app_with {}
    local output, code = lua54.script(('local app = require "writ.testing".app "%s"\n'
      .. 'print(app:as("ada"):post("/fill", {}).status)\nos.exit(7)'):format(path))
    remove()
    assert.same({ "200", 7 }, { output, code })
  end)

  it("is for Lua 5.4 only, and says so", function()
    local output = servers.capture "LUA_PATH='lua/?.lua' lua5.1 -e 'require \"writ.testing\"' 2>&1"
    if output:find "not found" then return pending "there is no Lua 5.1 here" end
    assert.matches("writ.testing is for Lua 5.4, and this is Lua 5.1: run the specs with `writ test`", output, 1, true)
  end)
end)
