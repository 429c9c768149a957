-- What commands print with --json is one document (of lists that may be long: a document a line), described in
-- docs/json/, and nothing else.
local servers = require "support.server"
local folders = require "support.folder"
local fits = require("support.documents").fits
local json = require "cjson"

describe("--json", function()
  local folder
  setup(function()
    folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    assert(os.execute(("cp -r tests/apps/blog/. %s"):format(folder)))
  end)
  teardown(function() os.execute("rm -rf " .. folder) end)

  -- The output of a command, as it was decoded.
  local function told(name, arguments)
    local out, err, code = servers.run(arguments)
    assert.equal(0, code, err)
    assert.equal("", err)
    return fits(name, out)
  end

  it("is described, all of it", function()
    local schemas = servers.capture "ls docs/json/*.schema.json"
    for path in schemas:gmatch "%S+" do
      local out, err, code = servers.run("validate runtime/schema/meta/schema.json " .. path)
      assert.equal(0, code, out .. err)
    end
  end)

  it("of what an app is", function()
    local routes = told("routes", "routes --json " .. folder)
    local create
    for _, route in ipairs(routes) do
      if route.contract == "posts.create" then create = route end
    end
    assert.equal("POST", create.method)
    assert.equal("app/handlers/posts/create.lua", create.handler)
    assert.is_true(create.queries[1].writes)
    assert.equal("posts.create", told("explain", "check --explain --json posts.create " .. folder)[1].contract)
    assert.same({}, told("diff", ("diff --json %s %s"):format(folder, folder)))
  end)

  it("of what is wrong with it", function()
    assert.same({ errors = 0, warnings = 0, findings = {} }, told("findings", "check --json " .. folder))
    local small, remove = folders.make {
      ["contracts/queries/more.sql"] = "-- name: all :many\nSELECT id FROM notes;\n",
      ["contracts/notes/one.json"] = "{\n  1",
    }
    local out, err, code = servers.run("check --json " .. small)
    remove()
    assert.same({ "", 1 }, { err, code })
    local found = fits("findings", out)
    assert.equal(1, found.errors)
    assert.same({
      file = "contracts/notes/one.json",
      line = 2,
      column = 3,
      severity = "error",
      code = "W0102",
      message = found.findings[1].message,
      help = json.null,
    }, found.findings[1])
    local nowhere = fits("findings", (servers.run "check --json /nowhere"))
    assert.same({ json.null, 0, "W0103" },
      { nowhere.findings[1].file, nowhere.findings[1].line, nowhere.findings[1].code })
  end)

  -- What keeps a command from its work stands in the place of what it would have said.
  for _, arguments in ipairs {
    "check", "check --explain", "routes", "brief notes.one", "brief --app", "types", "try notes.one", "sign --check", "migrate", "migrate up", "migrate up --dry-run",
    "token list", "audit list", "audit verify", "backup copy.db", "restore copy.db",
  } do
    it("of what is wrong, by writ " .. arguments, function()
      local small, remove = folders.make { ["writ.json"] = '{ "listn": 1 }', ["contracts/a b.json"] = "{}" }
      local out, err, code = servers.run(("%s --json %s"):format(arguments, small))
      remove()
      assert.same({ "", 1 }, { err, code })
      assert.is_true(fits("findings", out).errors > 0)
    end)
  end

  -- So does what a command was asked for and cannot do.
  for arguments, message in pairs {
    ["check --explain posts.list posts.creat"] = "did you mean 'posts.create'?",
    ["brief posts.creat"] = "did you mean 'posts.create'?",
    ["try posts.creat"] = "did you mean 'posts.create'?",
    ["try posts.create --as adda"] = "did you mean ada?",
    ["try posts.create --as ada --input '{'"] = "the input is not JSON",
    ["try posts.publish --as ada"] = "needs the field post_id",
    ["try posts.create --fixtures README.md"] = "README.md",
  } do
    it("of what cannot be done, by writ " .. arguments, function()
      local out, err, code = servers.run(("%s --json %s"):format(arguments, folder))
      assert.same({ "", 1 }, { err, code })
      local found = fits("findings", out)
      assert.same({ 1, "W0112" }, { found.errors, found.findings[1].code })
      assert.truthy(found.findings[1].message:find(message, 1, true), found.findings[1].message)
    end)
  end

  it("of tests that cannot be run", function()
    local broken, remove = folders.make { ["tests/fixtures.sql"] = "INSERT INTO nowhere VALUES (1);\n" }
    for arguments, message in pairs {
      ["--contract posts.creat " .. folder] = "did you mean 'posts.create'?",
      ["--only attacks " .. broken] = "nowhere",
    } do
      local out, err, code = servers.run("test --json " .. arguments)
      assert.same({ "", 1 }, { err, code })
      local document = fits("test", out)
      assert.same({ json.null, 1 }, { document.attacks, document.findings.errors })
      local said = document.findings.findings[1].message
      assert.truthy(said:find(message, 1, true), said)
    end
    remove()
    local _, err, code = servers.run("test --json --fixtures " .. folder)
    assert.equal(2, code, err)
  end)

  it("of migrations and backups", function()
    local data = "--data " .. folder .. "/elsewhere "
    local planned = told("migrate", ("migrate up --dry-run --json %s %s"):format(data, folder))
    assert.is_true(#planned.would_apply > 0 and #planned.schema > 0)
    assert.same({ applied = planned.would_apply }, told("migrate", ("migrate up --json %s %s"):format(data, folder)))
    assert.same({ applied = {} }, told("migrate", ("migrate up --json %s %s"):format(data, folder)))
    assert.equal("applied", told("migrate", ("migrate status --json %s %s"):format(data, folder))[1].state)
    local file = folder .. "/copy.db"
    local made = told("backup", ("backup --json %s %s %s"):format(data, file, folder))
    assert.equal(#planned.would_apply, made.audit_rows)
    local restored = told("restore", ("restore --json %s %s %s"):format(data, file, folder))
    assert.equal(made.audit_rows, restored.kept_audit_row)
    assert.equal(0, restored.sessions_ended)
  end)

  it("of tokens and the audit log", function()
    local key = "WRIT_AUDIT_KEY=" .. ("5a"):rep(32)
    local data = folder .. "/served"
    assert(os.execute("mkdir " .. data))
    local server = servers.start { folder = folder, seed = folder .. "/fixtures.sql", data = data, environment = key }
    local where = ("--data %s %s"):format(data, folder)
    local function keyed(name, arguments, lines)
      local out, code = servers.capture(("%s %s %s"):format(key, servers.quote(servers.writ), arguments))
      assert.truthy(code == nil or code == 0, out)
      return fits(name, lines and out:match "[^\n]+" or out)
    end
    local ada = "00000000-0000-7000-8000-00000000000a"
    local made = keyed("token",
      ("token create --json --principal %s --label test --roles '' --expires 1d %s"):format(ada, where))
    assert.is_true(#made.token > 20)
    assert.equal("test", keyed("token", "token list --json " .. where, true).label)
    assert.equal(1, keyed("token", ("token revoke --json --principal %s %s"):format(ada, where)).revoked)
    assert.equal("token_revoked", keyed("audit", "audit list --json " .. where, true).action)
    assert.is_true(keyed("audit", "audit verify --json " .. where).rows > 2)
    assert.equal(0, keyed("audit", "audit prune --json --before 2001-01-01 " .. where).pruned)
    assert.equal(0, server:stop())
  end)

  it("of signatures", function()
    local key = folder .. "/signing.key"
    local pair = told("sign", "sign --json --new-key " .. key)
    local signed = told("sign", ("sign --json --key %s %s"):format(key, folder))
    assert.equal(pair.public_key, signed.signer)
    assert.same({}, told("sign", ("sign --json --key %s %s"):format(key, folder)).changes)
    assert.equal(2, told("sign", ("sign --json --check --trust %s %s"):format(pair.public_key, folder)).version)
  end)

  it("of documents that are validated", function()
    local out = servers.run "validate --json contracts/writ.schema.json writ.json README.md"
    local result = fits("validate", out)
    assert.is_false(result.valid)
  end)
end)
