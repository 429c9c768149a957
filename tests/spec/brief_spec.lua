-- `writ brief`: short enough for every contract here, and what it says is what the host does.
local folder = require "support.folder"
local servers = require "support.server"
local documents = require "support.documents"
local json = require "cjson"

local function brief(arguments)
  local out, err, code = servers.run("brief " .. arguments)
  assert.equal(0, code, err)
  assert.equal("", err)
  return out
end

local fits, all_fit = documents.fits, documents.all_fit
local read, write = servers.read_file, servers.write_file

-- As runtime/describe/tokens.h has it: what tokenizers split a text into, and how often they split that.
local function tokens(text)
  local count, at = 0, 1
  local function up(size, step) return math.ceil(size / step) end
  while at <= #text do
    local word = text:match("^%u*%l+", at) or text:match("^%u+", at)
    local digits = text:match("^%d+", at)
    local space = text:match("^%s+", at)
    local other = text:match("^[\x80-\xff]+", at)
    if word then
      count = count + 1 + math.max(0, up(#word - 6, 4))
    elseif digits then
      count = count + up(#digits, 3)
    elseif space then
      count = count + ((space == " " and at < #text) and 0 or up(#space, 4))
    elseif other then
      count = count + up(#other, 2)
    else
      count = count + 1
    end
    at = at + #(word or digits or space or other or ".")
  end
  return count
end

local apps = { "." }
for path in servers.capture("ls -d tests/apps/*/"):gmatch "(%S+)/" do apps[#apps + 1] = path end

-- What `writ brief --json` says of each contract here: { app, contract, handler, text, facts }.
local function briefs()
  local list = {}
  for _, app in ipairs(apps) do
    for _, route in ipairs(json.decode((servers.run("routes --json " .. app)))) do
      local text = brief(("--json %s %s"):format(route.contract, app))
      list[#list + 1] = { app = app, contract = route.contract, handler = route.handler, text = text,
        facts = json.decode(text) }
    end
  end
  return list
end

describe("writ brief", function()
  local temporary, all
  setup(function()
    temporary = servers.capture("mktemp -d"):gsub("%s+$", "")
    all = briefs()
  end)
  teardown(function() os.execute("rm -rf " .. temporary) end)

  it("is short enough for every contract here, by an estimate that others can repeat", function()
    assert.is_true(#all > 40)
    local texts, last = {}, nil
    for i, each in ipairs(all) do
      local facts = each.facts
      assert.is_true(tokens(facts.markdown) <= 1500, each.contract .. " in " .. each.app)
      assert.equal(tokens(facts.markdown), facts.tokens, each.contract)
      assert.equal(each.contract, facts.contract)
      if each.app ~= last then assert.equal(facts.markdown, brief(each.contract .. " " .. each.app)) end
      texts[i], last = each.text, each.app
    end
    all_fit("brief", texts)
  end)

  it("says what it is for, what comes in, what may be run, raised and returned", function()
    local text = brief "notes.list"
    for _, words in ipairs {
      "# notes.list: GET /notes\n\nA user lists and searches their own notes, twenty a page.",
      "`app/handlers/notes/list.lua`",
      "- `q?: string` query string; 1 to 100 characters",
      '- `sort?: "newest"|"title"` query string',
      "- `page?: integer` query string; 1 to 1000",
      "`{ id: string, roles: string[] }`: somebody with one of the roles user, admin.",
      "- `ctx.db.notes.list()` gives rows, perhaps none: `{ id: string, title: string, updated_at: integer }[]`. " ..
        "Bound by the host: :principal_id, :q, :page, :sort.",
      "SELECT id, title, updated_at FROM notes",
      "None is declared: `ctx.fail` has no use here.",
      "- `return body, 200` (the status may be left out): `{ notes: { id: string, title: string, " ..
        "updated_at: integer }[], more: boolean }`; notes: at most 20 elements; notes[].id: format uuid",
      "10 ms of CPU time, 4 MB of memory.",
      "`ctx.fail(code)`",
      "compare with `== null`",
    } do
      assert.truthy(text:find(words, 1, true), words .. "\n\n" .. text)
    end
  end)

  it("says which errors are the handler's, and which come by themselves", function()
    local text = brief "users.delete"
    assert.truthy(text:find('- `ctx.fail("no_such_user")`: 404', 1, true))
    assert.truthy(text:find("- `own_account` (409), raised by the host itself: users.is_somebody_else is not 1", 1, true))
    assert.truthy(text:find("- `has_accounts` (409), raised by the host itself: a reference leads nowhere", 1, true))
    assert.truthy(text:find("- `return nil, 204` (the status may be left out): no body", 1, true))
    local facts = json.decode(brief "--json users.delete")
    local by = {}
    for _, error in ipairs(facts.errors) do by[error.code] = error.raised_by end
    assert.same({ no_such_user = "handler", own_account = "host", has_accounts = "host" }, by)
  end)

  it("keeps passwords to the host, and says who is there after a log-in", function()
    local text = brief "users.login"
    assert.truthy(text:find("The password `password` is not in it", 1, true))
    assert.falsy(text:find("`password: string`", 1, true))
    assert.truthy(text:find("whose password was verified; no roles", 1, true))
    assert.truthy(text:find("the host adds `token`, the session's token", 1, true))
    assert.truthy(brief("users.register"):find("`nil`: anybody may call it.", 1, true))
    assert.truthy(brief("users.register"):find("`ctx.db.users.register()` gives a row, always: `{ id: string,", 1, true))
  end)

  it("tells what the handler computes from what the host binds", function()
    local path, remove = folder.make {
      ["contracts/queries/notes.sql"] = [[
-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;
-- name: one :exec
UPDATE notes SET body = :slug WHERE id = :note_id;
]],
      ["contracts/notes/one.json"] = folder.contract(function(contract)
        contract.route = "POST /notes/{note_id}"
        contract.uses.computes = { slug = { type = "string", maxLength = 9, pattern = "^[a-z]+$" } }
        contract.ensures = { returns = { ["204"] = json.null }, audit = "changed" }
      end),
      ["app/handlers/notes/one.lua"] = false, -- it is to be written
    }
    finally(remove)
    local text = brief("notes.one " .. path)
    assert.truthy(text:find("- `ctx.db.notes.one { slug = … }` gives how many rows changed: `integer`. Once a call. " ..
      "You compute `slug: string`; the value: at most 9 characters, pattern ^[a-z]+$. Bound by the host: :note_id.",
      1, true), text)
    assert.truthy(text:find("ctx.db.posts.create { slug = slug }", 1, true))
    local query = json.decode(brief("--json 'POST /notes/{note_id}' " .. path)).queries[1]
    local by = {}
    for _, parameter in ipairs(query.parameters) do by[parameter.name] = parameter.by end
    assert.same({ slug = "handler", note_id = "host" }, by)
  end)

  it("knows what counts, and which rows are always there", function()
    local path, remove = folder.make {
      ["contracts/queries/notes.sql"] = [[
-- name: one :one
SELECT count(*) AS many, max(id) AS last, count(id) + 1 AS more, count(id) FILTER (WHERE id > 'a') AS late FROM notes;

-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;
]],
      ["contracts/notes/one.json"] = folder.contract(function() end),
      ["app/handlers/notes/one.lua"] = false,
    }
    finally(remove)
    local text = brief("notes.one " .. path)
    local row = "gives a row, always: `{ many: integer, last: any, more: any, late: integer }`."
    assert.truthy(text:find(row, 1, true), text)
  end)

  it("gives examples that are right: its own is a handler of this contract", function()
    local own = 0
    for _, app in ipairs(apps) do
      local copy = temporary .. "/app"
      assert(os.execute(("rm -rf %s; mkdir %s; cp -r %s/app %s/contracts %s/writ.json %s"):format(copy, copy, app, app,
        app, copy)))
      for _, each in ipairs(all) do
        local examples = each.app == app and each.facts.examples or {}
        for _, example in ipairs(examples) do assert(load(example.code, "=example", "t")) end
        if examples[1] and examples[1].title:find "^This contract's own" then
          write(copy .. "/" .. each.handler, examples[1].code)
          own = own + 1
        end
      end
      local _, err, code = servers.run("check " .. copy)
      assert.equal(0, code, err)
    end
    assert.is_true(own > 20)
  end)

  describe("of a contract that says very much", function()
    local path, remove
    setup(function()
      local sql = {}
      for i = 1, 40 do
        sql[i] = ("-- name: some_query_of_many_%d :many\nSELECT id, body, owner_id AS %s FROM notes WHERE id = :note_id;\n")
          :format(i, ("a_column_with_a_long_name_"):rep(4) .. i)
      end
      path, remove = folder.make {
        ["contracts/queries/notes.sql"] = table.concat(sql, "\n"),
        ["contracts/notes/one.json"] = folder.contract(function(contract)
          contract.uses.queries = {}
          for i = 1, 40 do contract.uses.queries[i] = "notes.some_query_of_many_" .. i end
          for i = 1, 60 do
            contract.requires.validates.properties["field_" .. i] = { type = "string", maxLength = 100 + i }
            contract.ensures.returns.properties["member_" .. i] = { type = { "string", "null" }, maxLength = 1000 }
          end
        end),
      }
    end)
    teardown(function() remove() end)

    it("stays short all the same, and says what it left out and how to have it", function()
      local text = brief("notes.one " .. path)
      assert.is_true(tokens(text) <= 1500, tokens(text))
      assert.truthy(text:find("Left out, to stay short: the second example", 1, true))
      assert.truthy(text:find("`writ brief --full notes.one` has all of it.", 1, true))
      assert.truthy(text:find("- … and %d+ more\n"))
    end)

    it("has all of it with --full", function()
      local text = brief("--full notes.one " .. path)
      assert.is_true(tokens(text) > 3000)
      assert.falsy(text:find("Left out", 1, true))
      assert.truthy(text:find("ctx.db.notes.some_query_of_many_40()", 1, true))
      assert.truthy(text:find("`field_60?: string`", 1, true))
    end)
  end)

  it("of the app has tables, whose rows they are, queries, routes, templates, schemas, roles and the language", function()
    local text = brief "--app"
    for _, words in ipairs {
      "- `PATCH /users/{user_id}` users.update_profile (user): A user changes their own profile",
      '### users\n\n`{"owner":"id","secret":["password_hash"],"guarded":["role"]}`',
      "CREATE TABLE entries (",
      "- `notes.list` :many (:principal_id, :q, :page, :sort)",
      "- `accounts.credit` :exec* (:amount, :to_account)",
      "- `templates/signed_in`",
      '  - `#/$defs/title`: `{"type":"string","minLength":1,"maxLength":200,"normalize":["trim"]}`',
      "- `admin`, privileged",
      "`requires.auth`: roles, of which the caller has one",
    } do
      assert.truthy(text:find(words, 1, true), words .. "\n\n" .. text)
    end
    for _, app in ipairs(apps) do
      local facts = fits("brief-app", brief("--app --json " .. app))
      assert.is_true(#facts.tables > 0)
      for _, found in ipairs(facts.tables) do assert.is_true(#found.columns > 0) end
    end
  end)

  it("of an app stays short, however large that is, says what it left out, and has all of it with --full", function()
    for count, left_out in pairs { [500] = "what queries take and give", [4000] = "what comes behind the first 100" } do
      local files, queries = {}, {}
      for i = 1, 30 do
        files[("contracts/group%d/one%d.json"):format(i // 5, i)] = folder.contract(function(c)
          c.route = ("GET /group%d/{note_id}/one%d"):format(i // 5, i)
        end)
      end
      for i = 1, count do
        queries[i] = ("-- name: one%d :one\nSELECT id, body FROM notes WHERE id = :note_id;\n"):format(i)
      end
      files["contracts/queries/notes.sql"] = "-- name: one :one\nSELECT id, body FROM notes WHERE id = :note_id;\n" .. table.concat(queries)
      local path, remove = folder.make(files)
      local short, whole = brief("--app " .. path), brief("--app --full " .. path)
      local facts = fits("brief-app", brief("--app --json " .. path))
      remove()
      assert.is_true(tokens(short) <= 6000, tostring(tokens(short)))
      assert.is_true(tokens(whole) > 6000)
      assert.matches("Left out, to stay short: what queries take and give[^\n]*%. `writ brief %-%-app %-%-full` has all of it%.\n$", short)
      assert.truthy(short:find(left_out, 1, true), short)
      assert.falsy(whole:find("Left out", 1, true))
      assert.truthy(whole:find(("`notes.one%d` :one (:note_id)"):format(count), 1, true))
      assert.truthy(short:find("## The contract language in short", 1, true))
      if count == 4000 then
        assert.truthy(short:find("- group1: `one5`, `one6`, `one7`, `one8`, `one9`\n", 1, true), short)
        assert.truthy(short:find("- `notes`: `{", 1, true) and short:find("`, …\n", 1, true), short)
      else
        assert.truthy(short:find("`GET /group1/{note_id}/one5`", 1, true) and short:find("### notes", 1, true), short)
      end
      assert.same({ 31, count + 2 }, { #facts.routes, #facts.queries })
    end
  end)

  it("says the rules in AGENTS.md's words", function()
    local agents = read "lua/templates/init/AGENTS.md"
    local facts = json.decode(brief "--json notes.list")
    assert.truthy(agents:find("## Rules of the house\n\n" .. facts.rules .. "\n\n## ", 1, true))
    assert.truthy(agents:find("## The library\n\n" .. facts.library .. "\n\n## ", 1, true))
    assert.truthy(agents:find(json.decode(brief "--app --json").language .. "\n\n## ", 1, true))
  end)

  it("says what is wrong with an app that does not load", function()
    local path, remove = folder.make { ["contracts/policy.json"] = "{}" }
    finally(remove)
    local out, err, code = servers.run("brief notes.one " .. path)
    assert.equal(1, code)
    assert.equal("", out)
    assert.truthy(err:find("contracts/policy.json:1:1: error W", 1, true), err)
    for _, what in ipairs { "notes.one", "--app" } do
      local document, nothing, exit = servers.run(("brief --json %s %s"):format(what, path))
      assert.equal(1, exit)
      assert.equal("", nothing)
      assert.is_true(fits("findings", document).errors > 0)
    end
  end)

  it("says what it did not understand", function()
    local _, err, code = servers.run "brief notes.creat"
    assert.equal(1, code)
    assert.equal("writ: no contract is called 'notes.creat'; did you mean 'notes.create'?\n", err)
    for _, arguments in ipairs { "", "--full --json notes.list", "notes.list . more", "--app . more", "--none" } do
      local out, message, exit = servers.run("brief " .. arguments)
      assert.equal(2, exit, arguments)
      assert.equal("", out)
      assert.truthy(message:find "^writ: ")
    end
  end)
end)
