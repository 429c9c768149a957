-- `writ test` on an app without fixtures: rows are made of its database's schema.
local servers = require "support.server"
local json = require "cjson"

local folder

-- An app without the fixtures that it has here.
local function bare(app)
  local path = servers.capture(("mktemp -d %s/app.XXXXXX"):format(folder)):gsub("%s+$", "")
  assert(os.execute(("cp -r %s/. %s && rm -f %s/fixtures.sql"):format(app, path, path)))
  return path
end

local function attack(app)
  local out, _, code = servers.run("test --only attacks --json --seed 7 " .. app)
  return json.decode(out), code
end

local function codes(document)
  local list = {}
  for _, finding in ipairs(document.findings.findings) do list[#list + 1] = finding.code end
  return list
end

describe("an app without fixtures", function()
  setup(function() folder = servers.capture("mktemp -d"):gsub("%s+$", "") end)
  teardown(function() os.execute("rm -rf '" .. folder .. "'") end)

  for _, app in ipairs { "tests/apps/blog", "tests/apps/contacts", "tests/apps/teams" } do
    it("is attacked on rows that are made, as " .. app .. " is", function()
      local document, code = attack(bare(app))
      assert.same({ "W0904" }, codes(document))
      assert.match("^there are no fixtures, so %d+ rows were made", document.findings.findings[1].message)
      assert.equal(0, code)
      assert.equal(0, document.attacks.failed)
      assert.is_true(document.attacks.passed > 50 * #document.attacks.contracts)
    end)
  end

  it("can begin its fixtures with them", function()
    local app = bare "tests/apps/contacts"
    local out, err, code = servers.run("test --fixtures --seed 7 " .. app)
    assert.equal(0, code)
    assert.match("W0904", err)
    assert.match("^%-%- Made by writ", out)
    assert.match("\n%-%- principal: user1 %x+%-[%x-]+ writ%-test%-password%-1\n", out)
    servers.write_file(app .. "/fixtures.sql", out)
    local document
    document, code = attack(app)
    assert.same({}, codes(document))
    assert.equal(0, code)
  end)

  it("is told what could not be made", function()
    local app = bare "tests/apps/contacts"
    local name = servers.capture("ls " .. app .. "/contracts/migrations"):gsub("%s+$", "")
    local path = app .. "/contracts/migrations/" .. name
    local file = assert(io.open(path))
    local sql = file:read "a"
    file:close()
    file = assert(io.open(path, "w"))
    file:write((sql:gsub("phone     TEXT", "phone     TEXT NOT NULL CHECK (length(phone) = 777)")))
    file:close()
    local document = attack(app)
    assert.same("W0905", codes(document)[2])
    assert.match("^contacts: no row for user1: .*CHECK constraint failed", document.findings.findings[2].message)
  end)
end)
