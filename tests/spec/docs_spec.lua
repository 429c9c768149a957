-- What README.md and docs/ show is true: their JSON is what the host takes, at the place where it is described; their
-- SQL compiles; their links lead somewhere; the commands and options that they name exist.
local folder = require "support.folder"
local blocks = require("support.page").blocks
local servers = require "support.server"
local json = require "cjson"

local read = servers.read_file
local write = servers.write_file

local pages = { "README.md" }
for page in servers.capture("ls docs/*.md docs/decisions/*.md tests/apps/README.md bench/README.md"):gmatch "%S+" do
  pages[#pages + 1] = page
end

local reference = blocks "docs/contract.md"

-- Into which part of a contract the members go that a section shows.
local parts = { requires = "requires", uses = "uses", ensures = "ensures" }

-- A whole document, and what describes it: what a block shows, at its place in a contract that is in order.
local function document_of(block)
  if block.text:match "^{" then
    local described = { ["policy.json"] = "policy", ["writ.json"] = "writ", Templates = "template" }
    return json.decode(block.text), described[block.section] or "contract"
  end
  local members = json.decode("{" .. block.text .. "}")
  if members.webhooks or members.jwt then return members, "writ" end
  local contract = json.decode(folder.contract())
  local into = parts[block.section] and contract[parts[block.section]] or contract
  for key, value in pairs(members) do into[key] = value end
  return contract, "contract"
end

describe("the reference", function()
  local temporary
  setup(function()
    temporary = servers.capture("mktemp -d"):gsub("%s+$", "")
    os.execute("cp contracts/*.schema.json " .. temporary)
    write(temporary .. "/template.schema.json", '{ "$ref": "contract.schema.json#/$defs/template" }')
  end)
  teardown(function() os.execute("rm -rf " .. temporary) end)

  local function refused(document, kind)
    write(temporary .. "/document.json", json.encode(document))
    local out, err, code = servers.run(("validate %s/%s.schema.json %s/document.json"):format(temporary, kind, temporary))
    return code ~= 0 and out .. err or nil
  end

  local shown = 0
  for _, block in ipairs(reference) do
    if block.language == "json" then
      shown = shown + 1
      it(("shows JSON that is taken where it stands: %s, %s %s"):format(block.where, block.section, block.part), function()
        assert.is_nil(refused(document_of(block)))
      end)
    end
  end

  it("would be caught showing something else", function()
    assert.is_true(shown > 40)
    for _, text in ipairs { '"onws": { "user_id": "self" }', '"auth": "everybody"', '"scopes": [1]' } do
      assert.truthy(refused(document_of { text = text, section = "requires", part = "" }), text)
    end
    assert.truthy(refused({ listen = 8080 }, "writ"))
    assert.truthy(refused({ uses = { queries = { "a.b" } } }, "template"))
  end)
end)

describe("the app that the reference shows", function()
  local function whole(section)
    for _, block in ipairs(reference) do
      if block.section == section and block.text:match "^{" then return block.text end
    end
  end
  local function sql(section, part)
    for _, block in ipairs(reference) do
      if block.section == section and block.part == part and block.language == "sql" then return block.text end
    end
  end

  -- What the reference does not show: tables that its policy names, queries that its contract and policy name.
  local app = {
    ["contracts/notes/one.json"] = false,
    ["app/handlers/notes/one.lua"] = false,
    ["contracts/users/update_profile.json"] = whole "",
    ["app/handlers/users/update_profile.lua"] = "return function(_, ctx) return ctx.db.users.update_profile() end",
    ["contracts/templates/signed_in.json"] = whole "Templates",
    ["contracts/policy.json"] = whole "policy.json",
    ["writ.json"] = whole "writ.json",
    ["contracts/defs/user.json"] = read "contracts/defs/user.json",
    ["contracts/migrations/0001_base.sql"] = sql("Migrations", ""),
    ["contracts/migrations/0002_others.sql"] = [[
      ALTER TABLE users ADD COLUMN name TEXT NOT NULL DEFAULT '';
      ALTER TABLE notes ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
      CREATE TABLE orders (id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL) STRICT;
      CREATE TABLE lines (id TEXT NOT NULL PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id)) STRICT;
      CREATE TABLE docs (id TEXT NOT NULL PRIMARY KEY, team_id TEXT NOT NULL) STRICT;
      CREATE TABLE members (team_id TEXT NOT NULL, user_id TEXT NOT NULL) STRICT;
      CREATE TABLE posts (id TEXT NOT NULL PRIMARY KEY, author_id TEXT NOT NULL, published INTEGER NOT NULL) STRICT;
      CREATE TABLE products (id TEXT NOT NULL PRIMARY KEY) STRICT;
      CREATE TABLE accounts (id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL, balance INTEGER NOT NULL) STRICT;]],
    ["contracts/queries/users.sql"] = sql("requires", "credentials") .. [[
-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;
-- name: update_profile :one
UPDATE users SET email = :email, name = :name WHERE id = :user_id RETURNING id, email, name, role;]],
    ["contracts/queries/teams.sql"] = "-- name: mine :many\nSELECT team_id FROM members WHERE user_id = :principal_id;",
    ["contracts/queries/accounts.sql"] = sql("requires", "rules") .. [[
-- name: credit :exec
UPDATE accounts SET balance = balance + :amount WHERE id = :to;]],
    ["contracts/queries/notes.sql"] = sql("Queries", ""),
  }
  local tables = { orders = "user_id", members = "user_id", accounts = "user_id" }
  for name, owner in pairs(tables) do
    app["contracts/policy.json"] = app["contracts/policy.json"]:gsub('"tables": {',
      ('"tables": {\n    "%s": { "owner": "%s" },'):format(name, owner), 1)
  end

  it("loads, and warns only of what nothing uses", function()
    local path, remove = folder.make(app)
    local out, err, code = servers.run("check " .. path)
    remove()
    assert.equal(0, code, out .. err)
    for line in err:gmatch "[^\n]+" do assert.matches("nothing uses the query", line) end
  end)
end)

describe("README.md", function()
  it("shows files as they are", function()
    local sources = { lua = "app/handlers/users/update_profile.lua", json = "contracts/users/update_profile.json",
      sql = "contracts/queries/users.sql" }
    for _, block in ipairs(blocks "README.md") do
      local source = sources[block.language]
      if source then assert.truthy(read(source):find(block.text, 1, true), block.where .. " is not in " .. source) end
    end
  end)
end)

describe("pages", function()
  -- The anchors of a page, as GitHub makes them of headings.
  local function anchors(path)
    local found = {}
    for heading in ("\n" .. read(path)):gmatch "\n#+ ([^\n]+)" do
      found[heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")] = true
    end
    return found
  end

  it("have links that lead somewhere", function()
    local links = 0
    for _, page in ipairs(pages) do
      for target in read(page):gsub("```.-```", ""):gmatch "%]%(([^)]+)%)" do
        if not target:match "^https?:" then
          links = links + 1
          local path, anchor = target:match "^([^#]*)#?(.*)$"
          local file = path == "" and page or (page:match "^(.*/)" or "") .. path
          assert.equal(0, select(3, os.execute("test -e " .. file)), page .. " leads to " .. target)
          if anchor ~= "" then assert.truthy(anchors(file)[anchor], page .. " leads to " .. target) end
        end
      end
    end
    assert.is_true(links > 40)
  end)

  it("name files of the host and of the tests that there are", function()
    for _, page in ipairs(pages) do
      for path in read(page):gmatch "`([%l]+/[%w_./-]+)`" do
        local ours = path:match "^runtime/" or path:match "^tests/" or path:match "^lua/"
        if ours and not path:match "CLASS" then
          assert.equal(0, select(3, os.execute("test -e " .. path)), page .. " names " .. path)
        end
      end
    end
  end)

  -- Each `writ COMMAND --option`, in code blocks and between backticks.
  it("name commands and options that there are", function()
    local help, named = {}, 0
    local function help_of(command)
      if not help[command] then
        local out, err, code = servers.run(command .. " --help")
        assert.equal(0, code, command .. ": " .. err)
        help[command] = out
      end
      return help[command]
    end
    for _, page in ipairs(pages) do
      local text = read(page)
      local commands = {}
      for code in text:gsub("```.-```", ""):gmatch "`([^`]+)`" do commands[#commands + 1] = code:gsub("\n", " ") end
      for _, block in ipairs(blocks(page)) do
        for line in block.text:gmatch "[^\n]+" do
          if line:match "^%$ " or block.language == "sh" then commands[#commands + 1] = line:gsub("^%$ ", "") end
        end
      end
      for _, code in ipairs(commands) do
        local command, rest = code:gsub("%s#.*", ""):match "^[%w/]*writ (%l+)(.*)"
        if command then
          local known = help_of(command)
          rest = rest:gsub("%-%-help", "")
          for option in rest:gmatch "%s(%-%-[%l-]+)" do
            named = named + 1
            assert.truthy(known:find(option, 1, true), ("%s: writ %s has no %s"):format(page, command, option))
          end
        end
      end
    end
    assert.is_true(named > 10)
  end)

  it("say of each command how it is used, what its exit codes mean, and an example", function()
    local count = 0
    for name in servers.run("--help"):gmatch "\n  (%l+) " do
      local help = servers.run(name .. " --help")
      for _, part in ipairs { "^usage: writ " .. name, "\nExit code 0: ", "[%s;]2: ", "\nexamples?: " } do
        assert.matches(part, help)
      end
      count = count + 1
    end
    assert.is_true(count >= 20)
  end)

  it("name chores of ./dev that there are", function()
    local dev = read "dev"
    for _, page in ipairs(pages) do
      for chore in read(page):gmatch "%./dev (%l[%l-]*)" do
        assert.truthy(dev:find("\nchore_" .. chore:gsub("-", "_") .. "()", 1, true), page .. " names ./dev " .. chore)
      end
    end
  end)
end)
