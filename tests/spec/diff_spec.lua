-- `writ diff`: what authority changed, in sentences; and what counts as loosened.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local users = [[
-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;
]]
local notes = [[
-- name: one :one
SELECT id, body FROM notes WHERE id = :note_id;
-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;
-- name: rename :exec
UPDATE notes SET body = :body WHERE id = :note_id;
-- name: promote :exec
UPDATE users SET role = 'admin' WHERE id = :note_id;
]]

-- A contract that writes, and says a little of everything.
local function contract(change)
  return folder.contract(function(c)
    c.route = "PATCH /notes/{note_id}"
    c.requires.auth = { "user", "admin" }
    c.requires.validates.properties.body = { type = "string", minLength = 2, maxLength = 40, pattern = "^a" }
    c.requires.validates.properties.kind = { enum = { "a", "b" } }
    c.requires.validates.required = { "note_id", "body" }
    c.requires.owns = { note_id = "notes.owner" }
    c.requires.rate_limit = { { limit = 5, per = "1m", by = "principal" } }
    c.uses = { queries = { "notes.rename" } }
    c.ensures = {
      returns = { ["200"] = { type = "object", properties = { done = { type = "boolean" } } } },
      audit = { action = "renamed", record = { "kind" } },
      errors = { no = { status = 409 } },
    }
    c.limits = { time = "5ms" }
    if change then change(c) end
  end)
end

local function app(change, files)
  local all = { ["contracts/notes/one.json"] = contract(change), ["contracts/queries/users.sql"] = users,
    ["contracts/queries/notes.sql"] = notes }
  for path, text in pairs(files or {}) do all[path] = text end
  return folder.make(all)
end

local old, forget_old
setup(function() old, forget_old = app() end)
teardown(function() forget_old() end)

local function diff(from, to, options)
  local out, err, code = servers.run(("diff %s %s %s"):format(options or "", from, to))
  return out, code, err
end

local function policy(change)
  local it = json.decode(folder.base["contracts/policy.json"])
  change(it)
  return { ["contracts/policy.json"] = json.encode(it) }
end

-- A policy that knows people from outside, and the query by which.
local function outsiders(condition)
  local all = policy(function(p) p.identity = "users.by_identity" end)
  all["contracts/queries/users.sql"] = users .. "-- name: by_identity :one\nSELECT id, role FROM users WHERE " ..
    condition .. ";\n"
  return all
end

local function sql(text, by) return { ["contracts/queries/notes.sql"] = notes:gsub(text, by) } end

-- From the old app to the changed one these are loosened, and in the other direction they are not (exit 0), unless
-- `both` says that nobody can tell: what, change of the contract, files, the line; `both`
local changes = {
  { "a role", function(c) table.insert(c.requires.auth, "editor") end, nil, "+ role editor may now call it" },
  { "any role", function(c) c.requires.auth = { "*" } end, nil,
    "+ anybody who is signed in may now call it, whatever their role", both = true }, -- back: admin is privileged again
  { "no owner", function(c) c.requires.owns = nil end, nil, "+ no longer: note_id must be the principal's" },
  { "or_role", function(c) c.requires.or_role = { "support" } end, nil,
    "+ role support may now act on everybody's rows" },
  { "no rate limit", function(c) c.requires.rate_limit = nil end, nil,
    "+ no longer: 5 calls a minute for each principal" },
  { "a higher rate", function(c) c.requires.rate_limit[1].limit = 6 end, nil,
    "+ 6 calls a minute for each principal (it was: 5 calls a minute for each principal)" },
  { "a shorter time", function(c) c.requires.rate_limit[1].per = "59s" end, nil, "+ 5 calls in 59 seconds" },
  { "more at once", function(c) c.requires.rate_limit[1] = { limit = 10, per = "2m", by = "principal" } end, nil,
    "+ 10 calls in 2 minutes for each principal (it was: 5 calls a minute for each principal)" },
  { "fewer at once, and faster", function(c)
    c.requires.rate_limit[1] = { limit = 4, per = "1s", by = "principal" }
  end, nil, "~ 4 calls a second for each principal (it was: 5 calls a minute for each principal)", both = true },
  { "a longer text", function(c) c.requires.validates.properties.body.maxLength = 50 end, nil,
    "+ body in the input: at most 50 characters (it was: at most 40 characters)" },
  { "a shorter text", function(c) c.requires.validates.properties.body.minLength = 1 end, nil,
    "+ body in the input: at least 1 character (it was: at least 2 characters)" },
  { "one more value", function(c) c.requires.validates.properties.kind.enum = { "a", "b", "c" } end, nil,
    "+ kind in the input: one of \"a\", \"b\" or \"c\"" },
  { "other values", function(c) c.requires.validates.properties.kind.enum = { "a", "c" } end, nil,
    "~ kind in the input: one of \"a\" or \"c\" (it was: one of \"a\" or \"b\")", both = true },
  { "another pattern", function(c) c.requires.validates.properties.body.pattern = "^b" end, nil,
    "~ body in the input: matching \"^b\" (it was: matching \"^a\")", both = true },
  { "no pattern", function(c) c.requires.validates.properties.body.pattern = nil end, nil,
    "+ no longer: body in the input: matching \"^a\"" },
  { "null as well", function(c) c.requires.validates.properties.kind = { type = { "string", "null" } } end, nil,
    "+ no longer: kind in the input: one of", both = true },
  { "a field", function(c) c.requires.validates.properties.more = { type = "integer", maximum = 9 } end, nil,
    "+ the field more may now come in, from the body: a whole number, at most 9" },
  { "a grant", function(c) table.insert(c.uses.queries, "notes.one") end, nil,
    "+ the handler may now run notes.one" },
  { "a write", function(c) table.insert(c.uses.queries, "notes.promote") end, nil,
    "+ column users.role can now be written, by notes.promote" },
  { "more calls", function(c) c.uses.queries[1] = { name = "notes.rename", calls = 3 } end, nil,
    "+ notes.rename runs at most 3 times a call (it was: at most once a call)" },
  { "a computed value", function(c) c.uses.computes = { x = { type = "string", maxLength = 3 } } end, nil,
    "+ Lua may now compute x, for no query: text, at most 3 characters" },
  { "a field of the reply", function(c)
    c.ensures.returns["200"].properties.secret = { type = "string" }
  end, nil, "+ the reply 200 may now have secret: text" },
  { "a status", function(c) c.ensures.returns["201"] = { type = "object", properties = {} } end, nil,
    "+ it may now answer 201" },
  { "an error", function(c) c.ensures.errors.other = { status = 410 } end, nil,
    "+ it may now answer 410 other" },
  { "another audit", function(c) c.ensures.audit.action = "x" end, nil,
    "~ each call that succeeds leaves a row x in the audit log", both = true },
  { "less recorded", function(c) c.ensures.audit.record = nil end, nil,
    "+ no longer: its row keeps the value of kind" },
  { "a limit", function(c) c.limits.time = "6ms" end, nil,
    "+ CPU time of at most 6 ms (it was: CPU time of at most 5 ms)" },
  { "a status of the host's", function(c) c.denials = { not_found = 403 } end, nil,
    "now: the host's refusal not_found is a 403 here, and not 404", both = true },
  { "a longer cache", function(c)
    c.route, c.ensures.cache, c.ensures.audit, c.uses.queries[1] = "GET /notes/{note_id}", "5m", nil, "notes.one"
  end, nil, "+ clients may now keep the reply and show it for 5 minutes without asking", both = true },
  { "SQL with the same effect", nil, sql("id = :note_id;\n%-%- name: promote", "id >= :note_id;\n-- name: promote"),
    "~ the SQL of notes.rename changed; it reads and writes the same columns", both = true },
  { "SQL with another effect", nil, sql("SET body = :body W", "SET body = :body, owner_id = :principal_id W"),
    "+ column notes.owner_id can now be written, by notes.rename", both = true },
  { "an owner's query", nil, sql("SELECT owner_id FROM notes", "SELECT :principal_id FROM notes"),
    "~ note_id must be the principal's: notes.owner must give the principal's id", both = true },
  { "a privileged role", nil, policy(function(p) p.privileged = { "admin", "user" } end),
    "+ role user may now be let near everybody's rows" },
  { "no secret", nil, policy(function(p) p.tables.users.secret = nil end),
    "+ no longer: column users.password_hash is secret" },
  { "no guard", nil, policy(function(p) p.tables.users.guarded = nil end),
    "+ no longer: column users.role is guarded" },
  { "a shared table", nil, policy(function(p) p.tables.notes = { shared = "why not" } end),
    "+ rows of notes may now be everybody's" },
  { "another owner", nil, policy(function(p) p.tables.notes.owner = "id" end),
    "~ rows of notes belong to the principal in their id (it was: rows of notes belong to the principal in their owner_id)", both = true },
  { "what others read", nil, policy(function(p) p.tables.notes.readable = "body = 'x'" end),
    "+ others may now read rows of notes where body = 'x'" },
  { "another principal", nil, { ["contracts/queries/users.sql"] = users:gsub("role FROM", "'admin' AS role FROM") },
    "~ users.principal says who the principal is", both = true },
  { "people of identity providers", nil, outsiders(":issuer = 'a' AND id = :subject"),
    "+ people of identity providers may now sign in: users.by_identity says who they are, and their roles" },
  { "a trigger", nil, { ["contracts/migrations/0002_more.sql"] =
    "CREATE TRIGGER gone AFTER UPDATE ON notes BEGIN DELETE FROM users WHERE id = new.id; END;" },
    "+ rows of users can now be deleted, by notes.rename, by the trigger gone", both = true },
  { "a unique index", nil, { ["contracts/migrations/0002_more.sql"] = "CREATE UNIQUE INDEX one ON notes (body);" },
    "+ now: there is the index one on notes", both = true },
  { "another note of a query", nil, sql("%-%- name: rename :exec", "-- name: rename :exec\n-- optional: body"),
    "~ the SQL of notes.rename changed", both = true },
  { "writ.json", nil, { ["writ.json"] = '{ "listen": "0.0.0.0:80" }' },
    "~ writ.json: listen is \"0.0.0.0:80\" (it was: the default)", both = true },
  { "owned by being listed", function(c) c.requires.owns.note_id = { query = "notes.owner", ["in"] = { "a" } } end, nil,
    "~ for note_id, notes.owner must give a (it was: note_id must be the principal's: notes.owner must give the principal's id)",
    both = true },
  { "what a migration does to rows", nil, { ["contracts/migrations/0002_more.sql"] = "UPDATE users SET role = 'admin';" },
    "+ now: the migration 0002_more.sql is run", both = true },
  { "another migration", nil, { ["contracts/migrations/0001_base.sql"] =
    folder.base["contracts/migrations/0001_base.sql"] .. "INSERT INTO users VALUES ('a', 'a', 'admin', 'x');" },
    "~ the migration 0001_base.sql is run: what stands behind it changed", both = true },
  { "a contract", nil, { ["contracts/notes/two.json"] = folder.contract(function(c) c.requires.or_role = { "x" } end),
    ["app/handlers/notes/two.lua"] = "return function() end" },
    "+ For role x rows are not held against their owners (or_role)" },
}

describe("tables, indexes and triggers", function()
  local before, after, remove_before, remove_after

  setup(function()
    local function with(more, tags)
      return app(nil, { ["contracts/migrations/0002_more.sql"] = more,
        ["contracts/policy.json"] = folder.base["contracts/policy.json"]:gsub('"notes": {', tags .. '"notes": {') })
    end
    before, remove_before = with("CREATE INDEX by_body ON notes (body);", "")
    after, remove_after = with([[
      ALTER TABLE notes ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE tags (id INTEGER PRIMARY KEY, -- no comment
        name TEXT CHECK (name IN ('a', 'b')), UNIQUE (id, name)) STRICT;
      CREATE TRIGGER tagged AFTER INSERT ON tags BEGIN
        DELETE FROM tags WHERE id = 1;
      END;]], '"tags": { "shared": "why not" }, ')
  end)
  teardown(function()
    remove_before()
    remove_after()
  end)

  for _, case in ipairs {
    { "one that changed", "~ there is the table notes: what stands behind it changed", [[
        CREATE TABLE notes (
          id TEXT NOT NULL PRIMARY KEY,
          owner_id TEXT NOT NULL,
          body TEXT NOT NULL,
      +   pinned INTEGER NOT NULL DEFAULT 0
        ) STRICT]] },
    { "a new one", "+ now: there is the table tags", [[
      + CREATE TABLE tags (
      +   id INTEGER PRIMARY KEY,
      +   name TEXT CHECK (name IN ('a', 'b')),
      +   UNIQUE (id, name)
      + ) STRICT]] },
    { "what belongs to a new one", "+ now: there is the trigger tagged on tags", [[
      + CREATE TRIGGER tagged AFTER INSERT ON tags BEGIN
      +         DELETE FROM tags WHERE id = 1;
      +       END]] },
    { "one that is gone", "~ no longer: there is the index by_body on notes", [[
      - CREATE INDEX by_body ON notes (body)]] },
  } do
    it("are shown by their lines: " .. case[1], function()
      local out = diff(before, after)
      assert.truthy(out:find(case[2] .. "\n" .. case[3] .. "\n", 1, true), out)
    end)
  end

  it("have these lines in JSON as well", function()
    for _, change in ipairs(json.decode((diff(before, after, "--json")))) do
      local expected = change.key == "schema:index by_body" and "- CREATE INDEX by_body ON notes (body)\n"
      if expected then assert.equal(expected, change.diff) end
      assert.equal(change.key:find "^schema:" ~= nil, change.diff ~= nil, change.key)
    end
  end)
end)

-- The keywords of one schema, before and after: none of these may count as tighter.
-- what, the schema of a field of the input or of the reply, the looser one, the line
local text = { type = "string" }
local function object(properties, more)
  local it = { type = "object", properties = properties }
  for key, value in pairs(more or {}) do it[key] = value end
  return it
end
local function nested(maximum) -- deeper than anybody reads
  local it = { maxLength = maximum }
  for _ = 1, 12 do it = { anyOf = { { items = it } } } end
  return it
end
local empty = json.decode "{}"

local schemas = {
  { "a default", text, { type = "string", default = "x" }, "+ now: it.o in the input: \"x\" if absent" },
  { "what is made of the value before", text, { type = "string", normalize = { "trim" } },
    "+ now: it.o in the input: trimmed" },
  { "elements that need not be there", { type = "array", contains = text },
    { type = "array", contains = text, minContains = 0 }, "+ now: it.o in the input: at least 0 such elements" },
  { "members by pattern", object { a = text }, object({ a = text }, { patternProperties = { ["^s"] = text } }),
    "+ now: it.o in the input: patternProperties: " },
  { "members of an alternative", object { a = text },
    object({ a = text }, { anyOf = { { properties = { b = text } }, { maxProperties = 9 } } }),
    "+ now: it.o in the input: at least one of " },
  { "members of a condition", object { a = text }, object({ a = text }, { ["if"] = { properties = { b = text } } }),
    "+ now: it.o in the input: if: " },
  { "members that depend on others", object { a = text },
    object({ a = text }, { dependentSchemas = { a = { properties = { b = text } } } }),
    "+ now: it.o in the input: dependentSchemas: " },
  { "any elements", { type = "array", items = { properties = { a = text } } }, { type = "array" },
    "+ no longer: it.o[] in the input: checked" },
  { "an element with a schema of its own", { type = "array", items = { maxLength = 5 } },
    { type = "array", prefixItems = { empty }, items = { maxLength = 5 } },
    "+ now: it.o[0] in the input: checked by itself" },
  { "elements that others speak of", { type = "array", unevaluatedItems = false },
    { type = "array", unevaluatedItems = false, contains = text }, "~ it.o in the input: unevaluatedItems: " },
  { "any name instead of an asterisk", object { ["*"] = text }, { type = "object", additionalProperties = text },
    "+ the input may now have it.o.*: text" },
  { "a member that may still come", object({ a = { const = 1 } }, { additionalProperties = true }),
    object(empty, { additionalProperties = true }), "+ no longer: it.o.a in the input: always 1" },
  { "a member of another schema", object { a = { maxLength = 5 } },
    object({ a = { maxLength = 5 } }, { additionalProperties = text }), "+ the input may now have it.o.*: text" },
  { "anything", object { a = empty }, object { a = true }, "+ now: it.o.a in the input: anything at all" },
  { "something deep", nested(5), nested(50), "~ it.o in the input: at least one of " },
  { "a name like an annotation's", { anyOf = { { properties = { title = { maxLength = 5 } } } } },
    { anyOf = { { properties = { title = { maxLength = 50 } } } } }, "~ it.o in the input: at least one of " },
  { "another vocabulary", { maxLength = 5 }, { maxLength = 5, ["$id"] = "x:y",
    ["$schema"] = "https://json-schema.org/draft/2020-12/meta/core" },
    "+ no longer: it.o in the input: at most 5 characters" },
  { "a schema around it", object({ a = object({ b = { ["$ref"] = "#/requires/validates/properties/it/properties/o/properties/a" } },
      { maxProperties = 1 }) }),
    object({ a = object({ b = { ["$ref"] = "#/requires/validates/properties/it/properties/o" } }, { maxProperties = 1 }) }),
    "~ it.o.a.b in the input: of the form of \"/it/o\"" },
}

describe("a schema", function()
  local function with(schema)
    return function(c) c.requires.validates.properties.it = { properties = { o = schema } } end
  end

  for _, case in ipairs(schemas) do
    it(case[1], function()
      local before, forget_before = app(with(case[2]))
      local after, forget_after = app(with(case[3]))
      local out, code, err = diff(before, after)
      forget_before()
      forget_after()
      assert.truthy(out:find(case[4], 1, true), out .. err)
      assert.equal(1, code, out)
    end)
  end

  it("of a reply that need be no object any more", function()
    local after, forget = app(function(c) c.ensures.returns["200"].type = nil end)
    local out, code = diff(old, after)
    forget()
    assert.truthy(out:find("+ no longer: the reply 200: an object", 1, true), out)
    assert.equal(1, code)
  end)

  it("that says too much is not compared", function()
    local defs = { ["40"] = empty }
    for level = 0, 39 do
      local below = { ["$ref"] = "#/$defs/" .. level + 1 }
      defs[tostring(level)] = { properties = { a = below, b = below } }
    end
    local after, forget = app(with { ["$ref"] = "../defs/bomb.json#/$defs/0" },
      { ["contracts/defs/bomb.json"] = json.encode { ["$defs"] = defs } })
    local out, code, err = diff(old, after)
    forget()
    assert.same({ "", 2 }, { out, code }, out)
    assert.truthy(err:find("contracts/notes/one.json: the schema of the input says too much to be listed", 1, true), err)
  end)
end)

describe("what changed", function()
  for _, case in ipairs(changes) do
    it(case[1], function()
      local new, forget = app(case[2], case[3])
      local out, code, err = diff(old, new)
      local back, code_back = diff(new, old)
      forget()
      assert.truthy(out:find(case[4], 1, true), out .. err)
      assert.same({ 1, case.both and 1 or 0 }, { code, code_back }, out .. "\nand back\n" .. back)
    end)
  end

  -- Guarded columns change where all who may call are privileged: there fewer roles are more.
  it("is a guarded column where only privileged roles are left", function()
    local function promoting(roles)
      return app(function(c)
        table.insert(c.uses.queries, "notes.promote")
        c.requires.auth = roles
      end)
    end
    local all, forget_all = promoting { "user", "admin" }
    local only, forget_only = promoting { "admin" }
    local out, code = diff(all, only)
    local _, code_back = diff(only, all)
    forget_all()
    forget_only()
    assert.truthy(out:find("+ notes.promote may now change users.role, which the policy guards", 1, true), out)
    assert.same({ 1, 1 }, { code, code_back })
  end)

  it("is nothing where nothing counts", function()
    local same, forget = app(function(c)
      c.summary = "In other words"
      c.requires.validates.properties.body.description = "the text"
      c.ensures.errors.no.status = 409
    end, { ["contracts/queries/notes.sql"] = "-- A remark.\n" .. notes:gsub("UPDATE notes", "UPDATE  notes"),
      ["app/handlers/notes/one.lua"] = "return function() return 1 end" })
    local out, code = diff(old, same)
    forget()
    assert.same({ "nothing that counts has changed\n", 0 }, { out, code })
  end)

  it("may go through a public contract", function()
    local open, forget = app(function(c)
      c.requires.auth, c.requires.reason, c.requires.owns, c.requires.rate_limit[1].by = "public", "why", nil, "ip"
    end)
    local out, code = diff(old, open)
    local back, code_back = diff(open, old)
    forget()
    assert.truthy(out:find("+ anybody may now call it, without signing in: \"why\"", 1, true), out)
    assert.equal(1, code)
    assert.falsy(back:find("may now call it", 1, true), back) -- everybody could before
    assert.equal(1, code_back, back)
  end)
end)

describe("versions", function()
  it("may be git revisions, and leave nothing behind", function()
    local repository, forget = app()
    local temporary = servers.capture("mktemp -d"):gsub("%s+$", "")
    local git = ("cd %s && git -c user.name=a -c user.email=a@example.com "):format(repository)
    servers.capture(("cd %s && git init -q 2>&1 && git add -A && %s commit -qm one"):format(repository, git))
    servers.write_file(repository .. "/contracts/notes/one.json", contract(function(c) table.insert(c.requires.auth, "editor") end))
    local writ = servers.capture("realpath " .. servers.quote(servers.writ)):gsub("%s+$", "")
    local out, code = servers.capture(("cd %s && TMPDIR=%s %s diff HEAD . 2>/dev/null"):format(repository, temporary, writ))
    local nothing = servers.capture("ls -A " .. temporary)
    local wrong, code_wrong =
      servers.capture(("cd %s && TMPDIR=%s %s diff nope . 2>&1"):format(repository, temporary, writ))
    local still_nothing = servers.capture("ls -A " .. temporary)
    forget()
    os.execute("rm -rf " .. temporary)
    assert.equal("notes.one\n  + role editor may now call it\n", out)
    assert.same({ 1, "", 2, "" }, { code, nothing, code_wrong, still_nothing })
    assert.truthy(wrong:find("'nope' is no folder, and git knows no revision of that name", 1, true), wrong)
  end)

  -- What a revision, a branch's name or the repository's configuration may hold against the reviewer.
  describe("in a repository", function()
    local repository, forget, temporary
    local writ = servers.capture("realpath " .. servers.quote(servers.writ)):gsub("%s+$", "")

    local function sh(command)
      return servers.capture(("cd %s && { %s ; } 2>&1"):format(repository, command))
    end
    local function commit() sh "git add -A && git -c user.name=a -c user.email=a@example.com commit -qm x" end
    local function write(path, bytes)
      sh(("mkdir -p $(dirname '%s')"):format(path))
      servers.write_file(repository .. "/" .. path, bytes)
    end
    local function compare(arguments)
      local out, code = sh(("TMPDIR=%s %s diff %s"):format(temporary, writ, arguments))
      assert.equal("", (servers.capture("ls -A " .. temporary)))
      return out, code
    end
    local function open_up() write("contracts/notes/one.json", contract(function(c) c.requires.auth = { "*" } end)) end

    before_each(function()
      repository, forget = app()
      temporary = servers.capture("mktemp -d"):gsub("%s+$", "")
      sh "git init -q && git branch -M main"
      commit()
    end)
    after_each(function()
      forget()
      os.execute("rm -rf " .. temporary)
    end)

    it("hides nothing by attributes", function()
      write(".gitattributes", "contracts/notes/two.json export-ignore\n*.sql export-subst filter=evil\n")
      sh("git config filter.evil.smudge 'touch " .. repository .. "/ran; cat'")
      write("contracts/notes/two.json", (contract():gsub("PATCH ([\\/]+)notes", "PATCH %1two")))
      write("app/handlers/notes/two.lua", "return function() end")
      write("contracts/queries/notes.sql", (notes:gsub("= :note_id;\n%-%- name: promote",
        "= :note_id AND '$Format:%%s$' <> 'x';\n-- name: promote")))
      commit()
      local out, code = compare "HEAD~1 HEAD"
      assert.truthy(out:find("+ added: PATCH /two/{note_id}", 1, true), out)
      assert.equal(1, code)
      assert.equal(2, select(2, sh "ls ran"))
      out, code = compare "HEAD ."
      assert.same({ "nothing that counts has changed\n", 0 }, { out, code })
    end)

    it("takes no folder for a revision of its name", function()
      sh "git branch origin/main && mkdir -p origin && cp -r contracts origin/x && mkdir origin/main"
      open_up()
      sh "cp -r contracts app origin/main"
      local out, code = compare "origin/main ."
      assert.equal(2, code, out)
      assert.truthy(out:find("'origin/main' is a folder and a git revision: write ./origin/main", 1, true), out)
      assert.equal(1, select(2, compare "origin/main~0 ."))
      assert.equal(0, select(2, compare "./origin/main ."))
      sh "git branch -D origin/main"
      assert.equal(0, select(2, compare "origin/main ."))
    end)

    it("asks no repository that lies in the folder", function()
      sh "git branch base"
      open_up()
      commit()
      sh "git clone -q --bare . evil && mv evil/* . && rmdir evil; git --git-dir=. branch -f base main"
      sh "mkdir sub && mv HEAD config objects refs packed-refs sub; cp -r contracts app sub"
      local out, code = servers.capture(("cd %s/sub && TMPDIR=%s %s diff base . 2>&1"):format(repository, temporary, writ))
      assert.equal(2, code, out)
      sh "mkdir sub/base && cp -r contracts app sub/base"
      out, code = servers.capture(("cd %s/sub && TMPDIR=%s %s diff base . 2>&1"):format(repository, temporary, writ))
      assert.equal(2, code, out)
      assert.truthy(out:find("git cannot tell whether 'base' is a revision", 1, true), out)
    end)

    it("goes through no links and no submodules", function()
      sh "mv contracts elsewhere && ln -s elsewhere contracts"
      commit()
      local out, code = compare "HEAD~1 HEAD"
      assert.truthy(out:find("in 'HEAD', contracts is a symbolic link", 1, true), out)
      assert.equal(2, code)
      sh "rm contracts && git rm -qr --cached contracts && git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),contracts"
      sh "git -c user.name=a -c user.email=a@example.com commit -qm x"
      out, code = compare "HEAD~2 HEAD"
      assert.truthy(out:find("in 'HEAD', contracts is a submodule", 1, true), out)
      assert.equal(2, code)
      sh "git rm -qr --cached contracts"
      sh "git -c user.name=a -c user.email=a@example.com commit -qm x"
      out, code = compare "HEAD~3 HEAD"
      assert.truthy(out:find("'HEAD' has no contracts/ in this folder", 1, true), out)
      assert.equal(2, code)
    end)

    it("writes nothing outside, whatever a tree is made of", function()
      local function made(kind, bytes)
        write("object", bytes)
        return (sh("git hash-object -w --literally -t " .. kind .. " object"):gsub("%s+$", ""))
      end
      local function tree(mode, name, id)
        return made("tree", mode .. " " .. name .. "\0" .. id:gsub("%x%x", function(x) return string.char(tonumber(x, 16)) end))
      end
      local up = tree("40000", "..", tree("40000", "..", tree("100644", "x.json", made("blob", "{}"))))
      local whole = tree("40000", "contracts", up)
      local out, code = compare(whole .. " .")
      assert.truthy(out:find("contracts/../../x.json has a path that leads elsewhere", 1, true), out)
      assert.equal(2, code)
    end)

    it("takes no name for an option, a range or a blob", function()
      for _, name in ipairs { "-- --output=x", "-- --all", "HEAD..main", "'HEAD\nmain'", "HEAD:writ.json", "''", "HEAD:contracts/policy.json" } do
        local out, code = compare(name .. " .")
        assert.equal(2, code, out)
      end
      assert.equal(2, select(2, sh "ls x"))
    end)

    it("has paths with spaces, and folders below it", function()
      sh "mkdir 'a b' && cp -r contracts app 'a b'"
      commit()
      assert.equal(0, select(2, compare "'./a b' ."))
      local out, code = servers.capture(("cd '%s/a b' && TMPDIR=%s %s diff HEAD . 2>&1"):format(repository, temporary, writ))
      assert.same({ "nothing that counts has changed\n", 0 }, { out, code })
    end)
  end)

  it("begin no handler", function()
    local broken, forget = app(nil, { ["contracts/notes/two.json"] = "{}", ["app/handlers/notes/one.lua"] = "(" })
    local out, code, err = diff(old, broken)
    forget()
    assert.same({ "", 2 }, { out, code })
    assert.truthy(err:find("contracts/notes/two.json", 1, true), err)
    assert.falsy(err:find("app/handlers/notes/one.lua", 1, true), err)
  end)

  it("must load", function()
    local broken, forget = app(nil, { ["contracts/notes/one.json"] = "{}" })
    local out, code, err = diff(old, broken)
    forget()
    assert.same({ "", 2 }, { out, code })
    assert.truthy(err:find("does not load", 1, true))
    assert.truthy(err:find("contracts/notes/one.json", 1, true))
  end)

  it("are two", function()
    for _, arguments in ipairs { "diff", "diff .", "diff . . .", "diff --nope . ." } do
      assert.equal(2, select(3, servers.run(arguments)))
    end
  end)
end)

describe("as data", function()
  it("says the same", function()
    local new, forget = app(function(c) table.insert(c.requires.auth, "editor") end)
    local out, code = diff(old, new, "--json")
    local none = diff(old, old, "--json")
    forget()
    assert.equal(1, code)
    assert.same({ { contract = "notes.one", change = "loosened", key = "auth.role:editor",
      sentence = "role editor may now call it" } }, json.decode(out))
    assert.same({}, json.decode(none))
  end)
end)
