-- `writ check`, `writ routes` and the command line: what is refused at load, where, and in which words.
local servers = require "support.server"
local folder = require "support.folder"

local function check(files)
  local path, remove = folder.make(files)
  local out, err, code = servers.run("check " .. path)
  remove()
  return code, err, out
end

-- A query in place of notes.one, compiled as the contract uses it.
local function with_query(sql)
  return { ["contracts/queries/notes.sql"] = "-- name: one :one\n" .. sql .. "\n" }
end

local function with_contract(change) return { ["contracts/notes/one.json"] = folder.contract(change) } end

local insert = "-- name: one :exec\nINSERT INTO notes (id, owner_id, body) VALUES (:new_id, :principal_id, :note_id)\n"

local users = "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, "
  .. "role TEXT NOT NULL DEFAULT 'user', password_hash TEXT NOT NULL%s) STRICT;\n"
local notes = "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL%s, body TEXT NOT NULL) %s;\n"

-- what, files, then fragments that stderr must have
local refused = {
  { "an unknown keyword", with_contract(function(c) c.requires.own = {} end), "notes/one.json:1:", "own", "owns" },
  { "no auth", with_contract(function(c) c.requires.auth = nil end), "auth" },
  { "no validates", with_contract(function(c) c.requires.validates = nil end), "validates" },
  { "no returns", with_contract(function(c) c.ensures.returns = nil end), "returns" },
  { "public without a reason", with_contract(function(c) c.requires.auth = "public" end), "reason" },
  { "a write without audit", { ["contracts/queries/notes.sql"] = insert, ["contracts/notes/one.json"] =
    folder.contract(function(c) c.route = "POST /notes/{note_id}" end) }, "one.json:1:", "audit" },
  { "a duplicate key", { ["contracts/notes/one.json"] = '{\n  "summary": "a",\n  "summary": "b"\n}' },
    "notes/one.json:3:3:", "already" },
  { "JSON that is none", { ["contracts/notes/one.json"] = '{\n  "summary": \n}' }, "notes/one.json:3:" },
  { "two contracts on one route", { ["contracts/notes/two.json"] = folder.contract(),
    ["app/handlers/notes/two.lua"] = "return function() end" }, "GET /notes/{note_id}", "one.json" },
  { "a path parameter that is not declared", with_contract(function(c) c.route = "GET /notes/{id}" end), "id" },
  { "a query that does not exist", with_contract(function(c) c.uses.queries = { "notes.won" } end),
    "notes.won", "notes.one" },
  { "an error that is not declared", with_contract(function(c)
    c.requires.rules = { { query = "notes.one", error = "nope" } }
  end), "nope" },
  { "roles that intersect to nothing", { ["contracts/notes/one.json"] = folder.contract(function(c)
    c.extends = { "templates/admins" }
  end), ["contracts/templates/admins.json"] = '{"requires": {"auth": ["admin"]}}' }, "role" },
  { "a template that grants", { ["contracts/notes/one.json"] = folder.contract(function(c)
    c.extends = { "templates/t" }
  end), ["contracts/templates/t.json"] = '{"uses": {"queries": ["notes.add"]}}' }, "templates/t.json:1:2:", "`uses`",
    "where the reviewer sees it" },
  { "a template that closes its schema", { ["contracts/notes/one.json"] = folder.contract(function(c)
    c.extends = { "templates/t" }
  end), ["contracts/templates/t.json"] = '{"requires": {"validates": {"allOf": [{"additionalProperties": false}]}}}' },
    "templates/t.json:1:64:", "cannot close" },
  { "a template that asks for what the contract does not declare", { ["contracts/notes/one.json"] =
    folder.contract(function(c) c.extends = { "templates/t" } end),
    ["contracts/templates/t.json"] = '{"requires": {"validates": {"properties": {"team": {}}, "required": ["team"]}}}' },
    "notes/one.json:1:", "admit nothing", "in templates as well" },
  { "a policy that grants", { ["contracts/policy.json"] =
    folder.base["contracts/policy.json"]:gsub("{", '{\n"or_role": ["admin"],', 1) },
    "policy.json:2:1:", "`or_role`", "the policy only restricts" },
  { "a $ref that leaves contracts/", with_contract(function(c)
    c.ensures.returns = { ["$ref"] = "../../../etc/passwd" }
  end), "/etc/passwd", "leaves" },
  { "an unknown schema keyword", with_contract(function(c)
    c.requires.validates.properties.note_id.maxLenght = 3
  end), "maxLenght", "maxLength" },
  { "schemas that admit nothing", with_contract(function(c)
    c.requires.validates.properties.note_id.minLength = 50
  end), "admit nothing" },

  { "SQL that does not compile", with_query "SELECT id, bdy FROM notes WHERE id = :note_id", "queries/notes.sql:2:", "bdy" },
  { "a parameter that nothing can bind", with_query "SELECT id, body FROM notes WHERE id = :id", "id" },
  { "two statements in one", with_query "SELECT id, body FROM notes WHERE id = :note_id; DELETE FROM notes", "notes.sql:" },
  { "a PRAGMA", with_query "PRAGMA user_version", "notes.sql:2:" },
  { "ATTACH", with_query "ATTACH 'x' AS y", "notes.sql:2:" },
  { "VACUUM INTO", with_query "VACUUM INTO 'x'", "notes.sql:2:" },
  { "a function that is not allowed", with_query "SELECT load_extension('x') AS id FROM notes WHERE id = :note_id",
    "load_extension" },
  { "printf", with_query "SELECT printf('%999999999d', 1) AS id FROM notes WHERE id = :note_id", "printf" },
  { "a table of Writ's", with_query "SELECT principal_id AS id FROM writ_session WHERE id = :note_id", "writ_session" },
  { "SQLite's own table", with_query "SELECT sql AS id FROM sqlite_schema WHERE name = :note_id", "sqlite_" },
  { "a schema's name", with_query "SELECT id, body FROM main.notes WHERE id = :note_id", "may not name a schema" },

  { "a hash by name", with_query "SELECT password_hash AS id FROM users WHERE id = :note_id", "password_hash" },
  { "a hash by substr", with_query "SELECT substr(password_hash, 1, 9) AS id FROM users WHERE id = :note_id",
    "password_hash" },
  { "a hash in WHERE", with_query "SELECT id FROM users WHERE password_hash LIKE :note_id", "password_hash" },
  { "a hash through RETURNING", { ["contracts/queries/notes.sql"] =
    "-- name: one :one\nUPDATE users SET email = :note_id RETURNING id, password_hash AS body\n",
    ["contracts/notes/one.json"] = folder.contract(function(c)
      c.route = "POST /notes/{note_id}"
      c.ensures.audit = "x"
    end) }, "password_hash" },
  { "a USING join", with_query
    "SELECT n.id, n.body FROM notes AS n JOIN (SELECT 'x' AS password_hash) AS x JOIN users USING (password_hash) WHERE n.id = :note_id",
    "USING" },
  { "a NATURAL join", with_query "SELECT id FROM notes NATURAL JOIN users WHERE id = :note_id", "NATURAL" },
  { "a generated column over a secret", { ["contracts/migrations/0001_base.sql"] =
    users:format ", hint TEXT GENERATED ALWAYS AS (substr(password_hash, 1, 8))" .. notes:format("", "STRICT") },
    "users", "generated" },
  { "OR ROLLBACK", { ["contracts/queries/notes.sql"] = insert:gsub("INSERT", "INSERT OR ROLLBACK"),
    ["contracts/notes/one.json"] = folder.contract(function(c)
      c.route = "POST /notes/{note_id}"
      c.ensures.audit = "x"
    end) }, "ROLLBACK" },

  { "a table without a line in the policy", { ["contracts/migrations/0002_more.sql"] =
    "CREATE TABLE extra (id TEXT NOT NULL PRIMARY KEY) STRICT;" }, "policy.json", "extra" },
  { "a table that is not STRICT", { ["contracts/migrations/0001_base.sql"] = users:format "" .. notes:format("", "") },
    "notes", "STRICT" },
  { "an owner that is not BINARY", { ["contracts/migrations/0001_base.sql"] =
    users:format "" .. notes:format(" COLLATE NOCASE", "STRICT") }, "owner_id", "NOCASE" },
  { "a policy for a column that is not there", { ["contracts/policy.json"] =
    folder.base["contracts/policy.json"]:gsub("owner_id", "ownr_id") }, "ownr_id" },
  { "a migration that is wrong", { ["contracts/migrations/0002_more.sql"] = "CREATE TABEL x (id)" }, "0002_more.sql", "TABEL" },

  { "a handler that is missing", { ["app/handlers/notes/one.lua"] = false }, "app/handlers/notes/one.lua" },
  { "a handler that is not Lua", { ["app/handlers/notes/one.lua"] = "return function(input, ctx)\n  local = 1\nend" },
    "app/handlers/notes/one.lua:2:9", "<name> expected near '='" },
  { "a handler with a misspelt global", { ["app/handlers/notes/one.lua"] =
    "return function(input, ctx)\n  return inptu.x\nend" }, "app/handlers/notes/one.lua:2:10:",
    "undefined 'inptu': did you mean 'input'?" },
  { "a module that does not compile", { ["app/lib/money.lua"] = "local x = 1\nreturn { x = }\n",
    ["app/handlers/notes/one.lua"] = "local m = require 'money'\nreturn function() return m end\n" },
    "app/lib/money.lua:2:14", "unexpected symbol near '}'" },
  { "a handler that returns no function", { ["app/handlers/notes/one.lua"] = "return 1" }, "app/handlers/notes/one.lua" },
  { "a handler that raises", { ["app/handlers/notes/one.lua"] = "error 'at load'" }, "at load" },
  { "a handler that never ends", { ["app/handlers/notes/one.lua"] = "while true do end" }, "app/handlers/notes/one.lua" },
  { "a handler that is bytecode", { ["app/handlers/notes/one.lua"] = string.dump(function() end) },
    "app/handlers/notes/one.lua" },
  { "a contract whose text runs backwards", with_contract(function(c) c.summary = "One \u{202E}note" end),
    "notes/one.json:1:", "U+202E RIGHT-TO-LEFT OVERRIDE" },
  { "a role with a character that has no width", with_contract(function(c) c.requires.auth = { "user\u{200B}" } end),
    "notes/one.json:1:", "U+200B ZERO WIDTH SPACE" },
  { "a word behind an escape", { ["contracts/notes/one.json"] = folder.contract():gsub('"user"', '"\\u0075ser"') },
    "notes/one.json:1:", "an escape hides a character" },
  { "a name with an escape", { ["contracts/policy.json"] =
    folder.base["contracts/policy.json"]:gsub('"notes"', '"not\\u0435s"') }, "policy.json:6:9:", "has no \\u escapes" },
  { "a query with a tag character", with_query "SELECT id, body FROM notes -- \u{E0041}\nWHERE id = :note_id",
    "queries/notes.sql:2:31:", "U+E0041 TAG CHARACTER" },
  { "a query with a carriage return", with_query "SELECT id, body FROM notes -- safe\rWHERE id = :note_id",
    "queries/notes.sql:2:", "U+000D CARRIAGE RETURN" },
  { "a query that is not UTF-8", with_query "SELECT id, body FROM notes WHERE id = :note_id -- \xE4\n", "notes.sql:2:",
    "not UTF-8" },
  { "a migration with a bidirectional isolate", { ["contracts/migrations/0002_more.sql"] = "-- \u{2067}x\n" },
    "0002_more.sql:1:4:", "U+2067 RIGHT-TO-LEFT ISOLATE" },
  { "a migration that fails", { ["contracts/migrations/0002_more.sql"] = "CREATE TABLE x (id);\nDROP TABEL x;\n" },
    'contracts/migrations/0002_more.sql:2:6: error W0531: near "TABEL": syntax error' },
  { "a migration without a number", { ["contracts/migrations/more.sql"] = "SELECT 1" },
    "contracts/migrations/more.sql:1:1: error W0530: name it like 0001_users.sql" },
  { "a writ.json with a byte order mark", { ["writ.json"] = "\u{FEFF}{}" }, "writ.json:1:1:", "U+FEFF BYTE ORDER MARK" },
  { "a writ.json with a key twice", { ["writ.json"] = '{"data": "a",\n"data": "b"}' }, "writ.json:2:1:", "already" },
  { "a writ.json with an unknown key", { ["writ.json"] = '{\n  "listn": "127.0.0.1:0"\n}' }, "writ.json:2:3:",
    "unknown keyword `listn`", "did you mean `listen`?" },
  { "a contract's keyword in writ.json", { ["writ.json"] = '{ "rate_limit": [] }' }, "writ.json:1:3:",
    "`rate_limit` belongs to a contract" },
  { "a contract with a name that needs quotes", { ["contracts/notes/one (1).json"] = folder.contract() },
    "contracts/notes/one (1).json: error W0107: names below contracts/" },

  { "a handler of more than 64 KB", { ["app/handlers/notes/one.lua"] = ("-- x\n"):rep(14000) }, "64 KB" },
}

describe("writ check", function()
  it("finds nothing wrong with the base of these tests", function()
    local code, err, out = check {}
    assert.same({ 0, "" }, { code, err })
    assert.matches("1 contracts?, nothing wrong", out)
  end)

  it("finds nothing wrong with the example, nor with the attackers' contracts", function()
    local _, err, code = servers.run "check ."
    assert.same({ 0, "" }, { code, err })
    _, err = servers.run "check tests/attacks"
    for line in err:gmatch "[^\n]+" do -- their handlers are another matter, and that some ask of no owner is meant
      assert.truthy(line:match "^app/handlers/%S+ %l+ W06[2-9]%d: " or line:match "careless.json:%S+ warning W0350: "
        or line:match "^%d+ errors?, ", line)
    end
  end)

  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local code, err = check(case[2])
      assert.equal(1, code, err)
      for i = 3, #case do assert.is_truthy(err:find(case[i], 1, true), case[i] .. " is not in:\n" .. err) end
    end)
  end

  it("shows all errors at once, each as file:line:column: error CODE: what", function()
    local files = with_contract(function(c)
      c.requires.auth = nil
      c.uses.queries = { "notes.won" }
    end)
    files["contracts/queries/notes.sql"] = "-- name: one :one\nSELECT nothing FROM notes\n"
    local code, err = check(files)
    assert.equal(1, code)
    local count = 0
    for line in err:gmatch "[^\n]+" do
      if line:match "^contracts/[%w/]+%.%a+:%d+:%d+: error W%d%d%d%d: ." then count = count + 1 end
    end
    assert.is_true(count >= 2, err)
  end)

  -- what stands in the handler's place, and as what it is told
  for what, command in pairs {
    ["a link out of app/"] = "ln -s ../../../secret.lua one.lua",
    ["a link within app/"] = "ln -s two.lua one.lua",
    ["a FIFO"] = "mkfifo one.lua",
    ["a folder behind a link"] = "rmdir ../notes && ln -s ../.. ../notes",
  } do
    it("takes no handler from " .. what, function()
      local path, remove = folder.make { ["secret.lua"] = "return function() end", ["one.lua"] = "return function() end" }
      os.execute(("cd %s/app/handlers/notes && rm one.lua && %s"):format(path, command))
      local _, err, code = servers.run("check " .. path)
      remove()
      assert.equal(1, code)
      assert.matches("notes/one.json:.* there is no app/handlers/notes/one.lua", err)
    end)
  end

  it("does not call a query unused that a contract with an error may have meant", function()
    local code, err = check { ["contracts/notes/one.json"] = folder.contract(function(c) c.uses = { querys = {} } end) }
    assert.equal(1, code)
    assert.matches("did you mean `queries`", err)
    assert.is_nil(err:find("nothing uses", 1, true), err)
    assert.matches("\n1 error, 0 warnings\nWhat handlers do with their contracts is looked at once these load%.\n$", err)
  end)

  it("says that there is no app where there is none", function()
    local _, err, code = servers.run "check /nowhere"
    assert.equal(1, code)
    assert.matches("error W0103: there is no app in /nowhere: name the folder", err, 1, true)
  end)

  it("warns of a handler without a contract", function()
    local code, err = check { ["app/handlers/notes/orphan.lua"] = "return function() end" }
    assert.equal(0, code)
    assert.matches("orphan.lua: warning W0602:", err)
  end)
end)

describe("a server", function()
  it("does not start with a wrong contract, and says why", function()
    local path, remove = folder.make(with_contract(function(c) c.requires.auth = nil end))
    local _, err, code = servers.run(("serve --listen 127.0.0.1:0 --data %s/data %s"):format(path, path))
    remove()
    assert.equal(1, code)
    assert.matches("one.json:.*auth", err)
  end)

  it("does not start with a database that cannot be opened", function()
    local path, remove = folder.make()
    os.execute(("mkdir -p %s/data && echo 'this is no database, whatever its name' > %s/data/writ.db"):format(path, path))
    local _, err, code = servers.run(("serve --listen 127.0.0.1:0 --data %s/data %s"):format(path, path))
    remove()
    assert.equal(1, code)
    assert.matches("writ.db", err)
  end)

  it("does not start when a migration was changed", function()
    local path, remove = folder.make()
    local server = servers.start { folder = path, data = (servers.capture "mktemp -d"):gsub("%s+$", "") }
    server:stop()
    local file = io.open(path .. "/contracts/migrations/0001_base.sql", "a")
    file:write "-- changed\n"
    file:close()
    local _, err, code = servers.run(("serve --listen 127.0.0.1:0 --data %s %s"):format(server.data, path))
    os.execute("rm -rf " .. server.data)
    remove()
    assert.equal(1, code)
    assert.matches("0001_base.sql", err)
  end)

  it("does not start in --dev on an address of the outside", function()
    local _, err, code = servers.run "serve --dev --listen 0.0.0.0:0 ."
    assert.equal(1, code)
    assert.matches("loopback", err)
  end)

  it("serves the other routes when a handler does not load, and says so", function()
    local path, remove = folder.make {
      ["app/handlers/notes/one.lua"] = "return function(",
      ["contracts/notes/ping.json"] = folder.contract(function(c)
        c.route = "GET /ping"
        c.requires = { auth = "public", reason = "A test", validates = { type = "object", properties = {} } }
        c.requires.validates.properties.x = { type = "string" }
        c.uses = nil
        c.ensures.returns = { ["204"] = require("cjson").null }
      end),
      ["app/handlers/notes/ping.lua"] = "return function() end",
    }
    local server = servers.start { folder = path }
    local broken = server:request("GET", "/notes/1")
    local log = server:log()
    local ping = server:request("GET", "/ping")
    server:stop()
    remove()
    assert.same({ 503, "handler_unavailable" }, { broken.status, broken.json.code })
    assert.equal(204, ping.status, ping.body)
    assert.matches("one.lua:1", log)
  end)
end)

describe("the command line", function()
  it("has help for each command, on stdout", function()
    for _, arguments in ipairs { "--help", "serve --help", "check --help", "routes --help", "openapi --help" } do
      local out, err, code = servers.run(arguments)
      assert.same({ 0, "" }, { code, err })
      assert.matches("usage: writ", out)
    end
  end)

  it("refuses what it does not understand, on stderr", function()
    for _, arguments in ipairs { "", "sreve", "serve --port 1", "check a b", "serve --listen" } do
      local out, err, code = servers.run(arguments)
      assert.same({ 2, "" }, { code, out })
      assert.is_true(#err > 0)
    end
  end)

  it("lists routes", function()
    local out, _, code = servers.run "routes ."
    assert.equal(0, code)
    assert.matches("PATCH%s+/users/{user_id}%s+user%s+user_id%s+users.update_profile%*%s+profile_update", out)
    assert.matches("POST%s+/login%s+public", out)
  end)
end)

describe("roles that nobody can have", function()
  local tables = [[
CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, role TEXT NOT NULL DEFAULT 'user' %s,
  password_hash TEXT NOT NULL%s) STRICT;
CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
]]

  -- What is said of roles where the CHECK of users.role is this.
  local function roles_said(check_of_role, check_of_table, files)
    files["contracts/migrations/0001_base.sql"] = tables:format(check_of_role, check_of_table)
    local path, remove = folder.make(files)
    local _, err = servers.run("check " .. path)
    remove()
    local said = {}
    for line in err:gmatch "[^\n]+" do
      if line:find("W0351", 1, true) then said[#said + 1] = line:gsub(":%d+:%d+: warning W0351: nobody can have the role", "") end
    end
    return said
  end

  local function contract_for(role) return with_contract(function(c) c.requires.auth = { role } end) end

  it("are warned of where the column's CHECK lists them", function()
    local list = "CHECK (role IN ('user', 'admin'))"
    local expected = "contracts/notes/one.json 'users': the CHECK of users.role does not list it: did you mean 'user'?"
    assert.same({ expected }, roles_said(list, "", contract_for "users"))
    assert.same({ expected }, roles_said("", ", CONSTRAINT known " .. list, contract_for "users"))
    assert.same({}, roles_said(list, "", contract_for "user"))
    assert.same({}, roles_said(list, "", contract_for "*"))
  end)

  it("in or_role, in the policy and, once, in a template", function()
    local list = "CHECK (role IN ('user', 'boss'))"
    local files = with_contract(function(c)
      c.extends = { "templates/signed_in" }
      c.requires.or_role = { "support" }
    end)
    files["contracts/templates/signed_in.json"] = '{ "requires": { "auth": ["user", "guest"] } }'
    local said = roles_said(list, "", files)
    table.sort(said)
    local rest = "': the CHECK of users.role does not list it: name one that it lists, or add this one to the CHECK by a migration"
    assert.same({ "contracts/notes/one.json 'support" .. rest, "contracts/policy.json 'admin" .. rest,
      "contracts/templates/signed_in.json 'guest" .. rest }, said)
  end)

  it("not where there is no such list", function()
    for _, list in ipairs { "", "CHECK (length(role) < 9)", "CHECK (role IN ('user') OR email = 'x')", "CHECK (email IN ('user'))" } do
      assert.same({}, roles_said(list, "", contract_for "users"), list)
    end
    local files = contract_for "users"
    files["contracts/queries/users.sql"] = "-- name: principal :one\nSELECT id, lower(role) AS role FROM users WHERE id = :principal_id;\n"
    assert.same({}, roles_said("CHECK (role IN ('user', 'admin'))", "", files))
  end)
end)

describe("what is said once", function()
  local function said_of(sql)
    local path, remove = folder.make { ["contracts/queries/notes.sql"] = sql }
    local _, err = servers.run("check " .. path)
    remove()
    return err
  end

  it("of a query that does not say what it gives", function()
    local err = said_of "-- name: one\nSELECT id, body FROM notes WHERE id = :note_id;\n"
    assert.truthy(err:find("W0405", 1, true), err)
    assert.truthy(err:find("1 error, 0 warnings", 1, true), err)
  end)

  it("of a parameter that is not written :name", function()
    for _, parameter in ipairs { "?", "$1" } do
      local err = said_of("-- name: one :one\nSELECT id, body FROM notes WHERE id = " .. parameter .. ";\n")
      assert.truthy(err:find("W0412: this is not SQL", 1, true), err)
      assert.truthy(err:find("1 error, 0 warnings", 1, true), err)
    end
  end)
end)
