-- `writ test`: the derived attacks pass on apps that keep what their contracts promise, and fail where one does not.
local servers = require "support.server"
local fits = require("support.documents").fits
local make = require "support.folder"
local json = require "cjson"

local folder

-- The document of a run, which fits its schema, and the exit code.
local function attack(app, options)
  local out, err, code = servers.run(("test --only attacks --json --seed 7 %s %s"):format(options or "", app))
  assert.equal("", err)
  return fits("test", out), code
end

local function copy(app)
  local path = servers.capture(("mktemp -d %s/app.XXXXXX"):format(folder)):gsub("%s+$", "")
  assert(os.execute(("cp -r %s/. %s"):format(app, path)))
  return path
end

local write = servers.write_file

-- Of all contracts, the names of the guarantees that failed, each once.
local function broken(document)
  local names, list = {}, {}
  for _, contract in ipairs(document.attacks.contracts) do
    for name, outcome in pairs(contract.guarantees) do
      if outcome == "failed" then names[name] = true end
    end
  end
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function contract_of(document, name)
  for _, contract in ipairs(document.attacks.contracts) do
    if contract.contract == name then return contract end
  end
end

describe("writ test", function()
  setup(function() folder = servers.capture("mktemp -d"):gsub("%s+$", "") end)
  teardown(function() os.execute("rm -rf '" .. folder .. "'") end)

  for _, app in ipairs { ".", "tests/apps/blog", "tests/apps/contacts", "tests/apps/orders", "tests/apps/papers",
    "tests/apps/payments", "tests/apps/search", "tests/apps/teams" } do
    it("finds nothing in " .. app, function()
      local document, code = attack(app)
      assert.same({}, broken(document))
      assert.equal(0, code)
      assert.equal(0, document.attacks.failed)
      assert.is_true(document.attacks.passed > 50 * #document.attacks.contracts)
    end)
  end

  it("makes the same attacks from the same seed", function()
    local first, again = attack("tests/apps/search"), attack("tests/apps/search")
    first.attacks.elapsed_ms, again.attacks.elapsed_ms = nil, nil
    assert.same(first, again)
  end)

  it("leaves out what is more than it was asked for, says so, and tries the same of it again", function()
    local function chosen(options)
      local document = attack("tests/apps/search", options)
      document.attacks.elapsed_ms = nil
      return document.attacks, document.attacks.contracts[1]
    end
    local all, every = chosen "--most all"
    local some, part = chosen "--most 5"
    assert.same({ 0, json.null, {} }, { all.left_out, all.most, every.left_out })
    assert.equal(5, some.most)
    local of = {}
    for _, line in ipairs(part.left_out) do
      of[line.guarantee] = line.of
      assert.is_true(line.tried > 0 and line.tried < line.of)
      assert.equal("passed", part.guarantees[line.guarantee])
    end
    assert.is_true(of.input > 50 and of.bounds > 5 and of.data > 20 and of.form > 5)
    assert.is_true(some.left_out + some.passed >= all.passed and some.passed < all.passed)
    assert.same(some, (chosen "--most 5"))
    local out, _, code = servers.run("test --only attacks --seed 7 --strict --most 5 tests/apps/search")
    assert.equal(0, code)
    assert.match("GET /books  .* part", out)
    assert.match(("left out %%(part%%), by %%-%%-most 5:\n.*GET /books: data: %%d+ of about %d tried\n"):format(of.data), out)
    assert.match((", 0 not tried, %d left out %%("):format(some.left_out), out)
    assert.equal(2, select(3, servers.run "test --most 0 tests/apps/search"))
  end)

  it("says what a handler does wrong, where, and how to mend it", function()
    local app = copy "tests/apps/papers"
    write(app .. "/app/handlers/papers/read.lua", "return function(input, ctx)\n" ..
      "  local paper = ctx.db.papers.read()\n" ..
      "  return { id = paper.id, title = paper.titel.text }\n" ..
      "end\n")
    local document, code = attack(app, "--contract papers.read")
    local contract = contract_of(document, "papers.read")
    local failure = contract.failures[1]
    assert.equal(1, code)
    assert.equal("failed", contract.guarantees.serves)
    assert.same({ "app/handlers/papers/read.lua", 3, "W0950" }, { failure.file, failure.line, failure.code })
    assert.match("attempt to index a nil value %(field 'titel'%)", failure.message)
    assert.match("500 handler_failed", failure.got)
    assert.match("misspelt", failure.help)
    write(app .. "/app/handlers/sessions/login.lua", 'return function() error "x" end\n')
    local untried = contract_of(attack(app, "--contract sessions.login"), "sessions.login").untried[1]
    assert.match("made the handler fail: 500 handler_failed", untried.reason)
    assert.equal("mend that first", untried.help)
    assert.match("^curl %-i %-X GET 'http://127.0.0.1:8080/papers/", failure.curl)
    assert.match("%$TOKEN", failure.curl)
    assert.match("POST /login gives one", failure.token)
    local function curl(options)
      return contract_of(attack(app, "--contract papers.read " .. options), "papers.read").failures[1].curl
    end
    assert.match("^curl %-i %-X GET 'https://%[::1%]:9/papers/", curl "--address https://[::1]:9")
    assert.match("^curl %-i %-X GET %-%-unix%-socket '/run/a' 'http://localhost/papers/", curl "--address unix:/run/a")
    local out = servers.run("test --only attacks --seed 7 --contract papers.read " .. app)
    assert.match("GET /papers/{paper_id}  FAIL", out)
    assert.match("look at  app/handlers/papers/read.lua:3\n", out)
    assert.match("attacks on 1 contract: %d+ passed, %d+ failed, %d+ not tried", out)
  end)

  it("says how to get a token so that no name of the fixtures is more to a shell than a word", function()
    local app = copy "tests/apps/papers"
    write(app .. "/app/handlers/papers/read.lua", "return function() error 'broken' end\n")
    local fixtures = servers.read_file(app .. "/fixtures.sql"):gsub(" %w+%-password\n", "\n")
      :gsub("00000000%-0000%-7000%-8000%-00000000000(%x)%f[%X]", "`touch$IFS%1`$(id)")
    write(app .. "/fixtures.sql", fixtures)
    local failure = contract_of(attack(app, "--contract papers.read"), "papers.read").failures[1]
    assert.match("%-%-principal '`touch%$IFS%x`%$%(id%)' %-%-label test %-%-roles '%l+' ", failure.token)
  end)

  it("finds a handler that cuts a text within a character, wherever it cuts", function()
    for _, bytes in ipairs { 20, 21 } do
      local app = copy "tests/apps/papers"
      write(app .. "/app/handlers/papers/create.lua", ([[
return function(input, ctx)
  local paper = ctx.db.papers.create()
  paper.title = input.title:sub(1, %d)
  return paper, 201
end
]]):format(bytes))
      assert.equal("failed", contract_of(attack(app, "--contract papers.create"), "papers.create").guarantees.bounds)
    end
  end)

  it("asks for rows by names of any kind", function()
    local path, remove = make.make {
      ["contracts/policy.json"] = json.encode { principal = "users.principal", privileged = { "admin" }, tables = {
        users = { owner = 'the "id"', secret = { "password_hash" }, guarded = { 'the "role"' } },
        ['"; notes'] = { owner = 'who"se' },
        ['"lines"'] = { parent = { 'the"note', '"; notes' } },
      } },
      ["contracts/migrations/0001_base.sql"] = [[
CREATE TABLE users ("the ""id""" TEXT NOT NULL PRIMARY KEY, "the ""role""" TEXT NOT NULL DEFAULT 'user',
  password_hash TEXT NOT NULL) STRICT;
CREATE TABLE """; notes" ("i""d" TEXT NOT NULL PRIMARY KEY, "who""se" TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE """lines""" (id TEXT PRIMARY KEY NOT NULL, "the""note" TEXT NOT NULL REFERENCES """; notes" ("i""d")) STRICT;
]],
      ["contracts/queries/users.sql"] =
        '-- name: principal :one\nSELECT "the ""id""" AS id, "the ""role""" AS role FROM users WHERE "the ""id""" = :principal_id;\n',
      ["contracts/queries/notes.sql"] = [[
-- name: one :one
SELECT "i""d" AS id, body FROM """; notes" WHERE "i""d" = :note_id;
-- name: owner :value
SELECT "who""se" FROM """; notes" WHERE "i""d" = :note_id;
-- name: lines :many
SELECT id FROM """lines""" WHERE "the""note" = :note_id;
]],
      ["contracts/notes/one.json"] = make.contract(function(c)
        c.requires.owns = { note_id = "notes.owner" }
        c.uses.queries = { "notes.one", "notes.lines" }
      end),
      ["app/handlers/notes/one.lua"] = "return function(input, ctx)\n  ctx.db.notes.lines()\n  return ctx.db.notes.one()\nend\n",
    }
    local document = fits("test", (servers.run("test --only attacks --json --seed 7 " .. path)))
    remove()
    assert.same({}, broken(document))
    assert.is_true(document.attacks.passed > 30)
    for name, outcome in pairs(contract_of(document, "notes.one").guarantees) do
      assert.not_equal("not tried", outcome, name)
    end
  end)

  it("lets no handler command the terminal by the place that it fails at", function()
    local app = copy "tests/apps/papers"
    write(app .. "/app/handlers/papers/read.lua",
      "return function() error('app/\\27]0;title\\7x.lua:3: broken\\27[2J', 0) end\n")
    local out, err = servers.run("test --only attacks --seed 7 --contract papers.read " .. app)
    assert.match("look at  app/%?%]0;title%?x.lua:3\n", out)
    assert.is_nil((out .. err):find "[%z\1-\9\11-\31\127]")
  end)

  it("says what could not be tried, and what to add", function()
    local app = copy "tests/apps/papers"
    assert(os.execute(("sed -i '/-- principal/d' %s/fixtures.sql"):format(app)))
    local document, code = attack(app)
    local contract = contract_of(document, "papers.create")
    assert.equal(0, code)
    assert.equal("not tried", contract.guarantees.serves)
    assert.match("the fixtures name nobody who is", contract.untried[1].reason)
    assert.match("%-%- principal: NAME ID", contract.untried[1].help)
    assert.equal(1, select(3, servers.run("test --only attacks --strict " .. app)))
  end)

  it("warns of people of the fixtures who are nobody, and of passwords that are not theirs", function()
    local app = copy "tests/apps/papers"
    local function warnings(change)
      assert(os.execute(("cp tests/apps/papers/fixtures.sql %s && sed -i '%s' %s/fixtures.sql"):format(app, change, app)))
      local said = {}
      for _, finding in ipairs(attack(app, "--contract papers.read").findings.findings) do
        said[#said + 1] = ("%s:%d:%d"):format(finding.code, finding.line, finding.column)
      end
      return said
    end
    assert.same({}, warnings "")
    assert.same({ "W0906:2:4" }, warnings "2s/principal:/principle:/")
    assert.same({ "W0906:2:4" }, warnings "2s/principal:/Principal :/")
    assert.same({ "W0906:2:4" }, warnings "2s/principal:/principal/")
    assert.same({ "W0906:2:3" }, warnings "2s/ principal:/principals:/")
    assert.same({}, warnings "1i -- Principals: those who may call, and what they have.")
    assert.same({}, warnings "1i -- The principal of it all.")
    assert.same({ "W0907:2:15" }, warnings "2s/000b/000c/")
    assert.same({ "W0908:2:15" }, warnings "2s/bob-password/rob-password/")
    assert.same({}, warnings "2s/bob-password//")
    local _, err, code = servers.run("try papers.read --as bob " .. app)
    assert.equal(1, code)
    assert.not_match("W09", err)
  end)

  it("says what is wrong with an app that does not load", function()
    local app = copy "tests/apps/papers"
    write(app .. "/contracts/papers/read.json", "{}")
    local document, code = attack(app)
    assert.equal(1, code)
    assert.equal(json.null, document.attacks)
    assert.equal("contracts/papers/read.json", document.findings.findings[1].file)
  end)

  it("runs the app's own specs behind the attacks", function()
    local app = folder .. "/tasks"
    assert.equal(0, select(3, servers.run("init " .. app)))
    local out, err, code = servers.run("test --seed 7 " .. app)
    assert.equal(0, code, out .. err)
    assert.match("attacks on %d+ contracts: .-%d+ successes / 0 failures", out)
    write(app .. "/tests/wrong_spec.lua", 'it("is wrong", function() assert.equal(1, 2) end)\n')
    local said, _, failed = servers.run("test --only specs --json " .. app)
    local specs = json.decode(said).specs
    assert.same({ 1, 1, "tests/wrong_spec.lua", 1 },
      { failed, specs.failed, specs.failures[1].file, specs.failures[1].line })
    assert.equal(0, select(3, servers.run("test --only specs " .. app .. " -- tests/tasks_spec.lua")))
  end)

  it("understands its command line", function()
    local out, _, code = servers.run "test --help"
    assert.equal(0, code)
    assert.match("example: writ test", out)
    for arguments, message in pairs {
      ["--only some"] = "%-%-only takes attacks or specs",
      ["--seed x"] = "%-%-seed takes a number",
      ["--address localhost"] = "%-%-address takes http://HOST:PORT",
      ["--contract"] = "%-%-contract needs a value",
      ["--nonsense"] = "is not understood",
    } do
      local _, err, wrong = servers.run("test " .. arguments)
      assert.equal(2, wrong)
      assert.match(message, err)
    end
    local _, err, unknown = servers.run "test --only attacks --contract notes.nothing tests/apps/search"
    assert.equal(1, unknown)
    assert.match("no contract is called 'notes.nothing'", err)
  end)
end)
