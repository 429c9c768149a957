-- `writ check --explain`: the sentences that a reviewer reads. The example's contracts, and small ones that say each
-- keyword of the language.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local function words(text) return (text:gsub("%s+", " ")) end

-- The page for one contract of the app in `path`, with its line breaks taken out.
local function page(contract, path)
  local out, err, code = servers.run(("check --explain '%s' %s"):format(contract, path or "."))
  assert(code == 0, err)
  return words(out), out
end

-- The facts of one contract, by key (of several with one key the last).
local function facts(contract, path)
  local out, err, code = servers.run(("check --explain --json '%s' %s"):format(contract, path or "."))
  assert(code == 0, err)
  local list, by_key = json.decode(out), {}
  for _, fact in ipairs(list) do by_key[fact.key] = fact end
  return by_key, list
end

-- contract, then sentences of its page
local example = {
  { "users.update_profile",
    "users.update_profile PATCH /users/{user_id} A user changes their own profile",
    "role user may call it",
    "no other role than user and admin can be let in (templates/signed_in.json)",
    "user_id must be the principal's own id",
    "of users only rows whose id is the principal's (policy.json)",
    "user_id from the path, text, a UUID, required",
    "email from the body, text, an email address, at most 254 characters, trimmed and lower-cased, required",
    "any other field is refused",
    "users.update_profile contracts/queries/users.sql:",
    "at most once a call, reads users (email, id, name, role), writes users (email, name)",
    "no value that a query takes: the host binds them all",
    "200 id (text, a UUID, required), email (text, required)",
    "it may answer 409 email_taken, also when users.email is taken: \"This address has an account\"",
    "600 calls a minute for each address, over all routes together (policy.json)",
    "120 calls a minute for each principal (templates/signed_in.json)",
    "5 calls a minute for each principal",
    "CPU time of at most 10 ms (the default)",
    "each call that succeeds leaves a row profile_update in the audit log" },
  { "transfers.create",
    "In accounts.credit rows are not held against their owners (unowned)",
    "accounts.credit may act on everybody's rows, as far as its SQL lets it: \"A transfer credits an account that may be",
    "of entries only rows whose transfer_id refers to a row of transfers that is the principal's (policy.json)",
    "from_account must be the principal's: transfers.source_owner must give the principal's id",
    "amount from the body, a whole number, at least 1, at most 100000000, required",
    "inserts into entries (account_id, amount, transfer_id)",
    "before the handler, transfers.covered must give 1; otherwise 409 overdrawn",
    "after the handler, transfers.entries_sum_to_zero must give 1; otherwise nothing is done, and 409 unbalanced",
    "its row keeps the value of amount" },
  { "users.delete",
    "users.delete also deletes rows of notes, by ON DELETE CASCADE of notes.owner_id.",
    "deletes rows of users, ON DELETE CASCADE of notes.owner_id deletes rows of notes",
    "204 no body",
    "it may answer 409 has_accounts, also when a reference leads nowhere" },
  { "PUT /users/{user_id}/role", "users.set_role may change users.role, which the policy guards." },
  { "users.login",
    "It is public and writes: anybody on the network may cause it to.",
    "It signs somebody in: whoever knows the password.",
    "anybody may call it, without signing in: \"This is how one stops being anonymous\"",
    "the caller must know a password: users.credentials finds the row, and password must fit its hash",
    "of users only rows whose id is the principal's",
    "a password, which the handler never sees",
    "5 calls a minute for each address and email",
    "a session may begin for whoever's password was verified",
    "the session's token may leave in the reply, as token",
    "the session's token may leave as a cookie" },
  { "contracts/users/register.json",
    "of users only rows whose id is the call's new id",
    "a session may begin for the new principal (the new id)" },
  { "users.change_password",
    "the principal must give their password again: users.own_credentials finds it, and current_password must fit",
    "it may end the principal's other sessions" },
  { "users.logout", "it may end the session that it was called with" },
  { "notes.read", "For role admin rows are not held against their owners (or_role): the SQL alone decides whose it reads." },
  { "notes.list",
    "q from the query string, optional, text, at least 1 character",
    "sort from the query string, optional, one of \"newest\" or \"title\"",
    "any number of times, reads notes (body, id, owner_id, title, updated_at)",
    "notes[].title (text, required)",
    "refusals only: a call that succeeds leaves no row in the audit log" },
}

describe("what the example's contracts allow", function()
  for _, case in ipairs(example) do
    it(case[1], function()
      local text = page(case[1])
      for i = 2, #case do assert.truthy(text:find(case[i], 1, true), case[i] .. "\n\n" .. text) end
    end)
  end

  it("fits a page of 100 columns, risks first", function()
    local out = servers.run "check --explain"
    for line in out:gmatch "[^\n]+" do assert.is_true(utf8.len(line) <= 100, line) end
    for _, case in ipairs(example) do
      assert.truthy(select(2, page(case[1])):match "^[^\n]+\n[^\n]+\n\n  Risks\n", case[1])
    end
    local _, count = out:gsub("\n  Risks\n", "")
    local _, contracts = servers.run("routes"):gsub("\n", "")
    assert.equal(contracts - 1, count)
  end)
end)

-- An app in which every keyword is said.
local app = {
  ["contracts/policy.json"] = [[{
    "principal": "q.principal", "privileged": ["admin"], "unowned": ["q.anybody"],
    "tables": {
      "users": { "owner": "id", "secret": ["password_hash"], "guarded": ["role"] },
      "notes": { "owner": "owner_id", "readable": "public = 1" },
      "lines": { "parent": ["note_id", "notes"] },
      "docs": { "owner": "team_id", "in": "q.teams" },
      "words": { "shared": "A dictionary" }
    },
    "limits": { "memory": "2MB" },
    "denials": { "invalid_input": 400 }
  }]],
  ["contracts/migrations/0001_base.sql"] = [[
    CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL DEFAULT 'user', password_hash TEXT) STRICT;
    CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, body TEXT NOT NULL,
      public INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE lines (id TEXT NOT NULL PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
      text TEXT) STRICT;
    CREATE TABLE docs (id TEXT NOT NULL PRIMARY KEY, team_id TEXT NOT NULL) STRICT;
    CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY,
      uses INTEGER NOT NULL DEFAULT 0 CONSTRAINT a_check CHECK (uses < 1000)) STRICT;
    CREATE UNIQUE INDEX x ON words (lower(word));
    CREATE TRIGGER counted AFTER INSERT ON lines BEGIN UPDATE words SET uses = uses + 1 WHERE word = new.text; END;]],
  ["contracts/queries/users.sql"] = false,
  ["contracts/queries/notes.sql"] = false,
  ["contracts/notes/one.json"] = false,
  ["app/handlers/notes/one.lua"] = false,
  ["app/handlers/it.lua"] = "return function() end",
  ["contracts/templates/careful.json"] = [[{ "requires": { "auth": ["user", "admin", "guest"], "scopes": ["things"],
    "validates": { "type": "object", "properties": { "slug": { "maxLength": 10 } } },
    "rate_limit": [{ "limit": 7, "per": "2h", "by": "principal" }] }, "limits": { "body": "1KB" } }]],
  ["contracts/queries/q.sql"] = [[
    -- name: principal :one
    SELECT id, role FROM users WHERE id = :principal_id;
    -- name: teams :many
    SELECT id FROM docs WHERE id = :principal_id;
    -- name: role_of :value
    SELECT 'owner' WHERE :team_id = 'x';
    -- name: note_owner :value
    SELECT owner_id FROM notes WHERE id = :notes;
    -- name: ok :value
    SELECT 1;
    -- name: anybody :exec
    UPDATE notes SET body = 'x';
    -- name: add_line :exec
    INSERT INTO lines (id, note_id, text) VALUES (:slug, :slug, :made);
    -- name: read :many
    SELECT n.body, d.id FROM notes n, docs d;
    -- name: learn :exec
    INSERT INTO words (word) VALUES (:slug);
    -- name: pick :many
    -- choice: by = a: n.body | b: l.text
    SELECT n.id, :by AS it FROM notes n JOIN lines l ON l.note_id = n.id;]],
  ["contracts/it.json"] = [[{
    "summary": "All of it", "route": "POST /teams/{team_id}", "extends": ["templates/careful"],
    "requires": {
      "auth": ["user", "admin"],
      "scopes": ["more"],
      "validates": {
        "type": "object",
        "properties": {
          "team_id": { "type": "string" },
          "slug": { "type": "string", "pattern": "^a" },
          "notes": { "type": "array", "items": { "type": "string" }, "maxItems": 3, "uniqueItems": true },
          "page": { "type": ["integer", "null"], "exclusiveMinimum": 0, "multipleOf": 5 },
          "by": { "enum": ["a", "b"] },
          "odd": { "anyOf": [{ "const": 1 }, { "type": "null" }] }
        },
        "required": ["team_id", "slug", "notes", "by"], "minProperties": 2
      },
      "query": ["page"],
      "owns": { "team_id": { "query": "q.role_of", "in": ["owner", "editor"] }, "notes": "q.note_owner" },
      "or_role": ["support"],
      "rules": [
        { "query": "q.ok", "error": "wrong" },
        { "when": { "input": { "properties": { "page": { "minimum": 100 } }, "required": ["page"] } },
          "require": { "auth": ["admin"], "scopes": ["far"], "rules": [{ "query": "q.ok", "error": "wrong" }] } }
      ],
      "rate_limit": [{ "limit": 1, "per": "30s", "by": ["principal", "input.slug"] }]
    },
    "uses": {
      "queries": ["q.anybody", { "name": "q.add_line", "calls": 4 }, "q.read", "q.learn", "q.pick"],
      "computes": { "made": { "type": "string", "maxLength": 9 } },
      "unowned": { "q.anybody": "It is a test" }
    },
    "ensures": {
      "returns": { "200": { "type": "object", "properties": { "list": { "type": "array", "items": { "type": "object",
        "additionalProperties": { "type": "number" } } } } }, "204": null },
      "errors": { "wrong": { "status": 422, "on_check": "a_check", "on_unique": ["words.word", "index 'x'"] } },
      "holds": [{ "query": "q.ok", "error": "wrong" }],
      "unchanged": ["q.ok"],
      "audit": { "action": "tested", "record": ["slug"] }
    },
    "limits": { "time": "3ms" },
    "denials": { "not_found": 403 }
  }]],
}

local said = {
  auth = { "role user may call it", "role admin may call it" },
  extends = { "no other role than user, admin and guest can be let in (templates/careful.json)" },
  scopes = { "the token must have the scope things", "the token must have the scope more" },
  validates = { "slug from the body, text, matching \"^a\", at most 10 characters (templates/careful.json), required",
    "notes from the body, a list, at most 3 elements, without duplicates, required", "notes[] text",
    "odd from the body, optional, at least one of [{\"const\":1},{\"type\":\"null\"}]", "the input at least 2 members" },
  query = { "page from the query string, optional, a whole number or null, more than 0, a multiple of 5" },
  owns = { "for team_id, q.role_of must give owner or editor", "each of notes must be the principal's: q.note_owner" },
  or_role = { "role support may act on everybody's rows, as far as the SQL lets it: it need not own" },
  rules = { "before the handler, q.ok must give 1; otherwise 422 wrong" },
  when = { "where page is at least 100 and page is there: the principal must have the role admin",
    "where page is at least 100 and page is there: the token must have the scope far",
    "where page is at least 100 and page is there: before the handler, q.ok must give 1; otherwise 422 wrong" },
  rate_limit = { "1 call in 30 seconds for each principal and slug", "7 calls in 2 hours for each principal (templates/" },
  queries = { "q.read contracts/queries/q.sql:", "any number of times, reads docs (id), reads notes (body)" },
  calls = { "at most 4 times a call", "inserts into lines (id, note_id, text)" },
  choice = { "q.pick contracts/queries/q.sql", "reads lines (note_id, text), reads notes (body, id)" },
  trigger = { "q.add_line also writes words.uses, by the trigger counted.", "the trigger counted writes words (uses)" },
  computes = { "made for q.add_line, text, at most 9 characters", "The handler itself chooses made, within its schema." },
  unowned = { "q.anybody may act on everybody's rows, as far as its SQL lets it: \"It is a test\"" },
  tables = { "all rows of words may be read and written: they are everybody's (\"A dictionary\")",
    "It writes words, whose rows are everybody's.", "of notes rows of others may be read where public = 1",
    "of docs only rows whose team_id is among what q.teams gives for the principal",
    "of lines only rows whose note_id refers to a row of notes that is the principal's" },
  returns = { "200 list (a list), list[] (an object), list[].* (a number)", "204 no body" },
  errors = { "it may answer 422 wrong, also when words.word or index 'x' is taken or the check a_check fails: \"Wrong\"" },
  holds = { "after the handler, q.ok must give 1" },
  unchanged = { "q.ok must give the same after the handler as before it" },
  audit = { "leaves a row tested in the audit log", "its row keeps the value of slug" },
  limits = { "CPU time of at most 3 ms", "memory of at most 2 MB (policy.json)", "of at most 1 KB (templates/careful.json)" },
  denials = { "the host's refusal not_found is a 403 here, and not 404", "invalid_input is a 400 here" },
}

describe("what every keyword says", function()
  local path, remove, text
  setup(function()
    path, remove = folder.make(app)
    text = page("it", path)
  end)
  teardown(function() remove() end)

  for keyword, sentences in pairs(said) do
    it(keyword, function()
      for _, sentence in ipairs(sentences) do assert.truthy(text:find(sentence, 1, true), sentence .. "\n\n" .. text) end
    end)
  end

  it("sleep, body, no query", function()
    local other, forget = folder.make {
      ["contracts/notes/one.json"] = folder.contract(function(c)
        c.route = "POST /notes"
        c.requires.auth = { "*" }
        c.requires.body = "note_id"
        c.uses = { sleep = true }
        c.limits = { total = "2s" }
      end),
    }
    local one = page("notes.one", other)
    forget()
    assert.truthy(one:find("anybody who is signed in may call it, whatever their role", 1, true), one)
    assert.truthy(one:find("note_id the whole body, text", 1, true), one)
    assert.truthy(one:find("no query the handler may sleep, while others run", 1, true), one)
    assert.truthy(one:find("time from beginning to end of at most 2000 ms", 1, true), one)
    assert.truthy(one:find("Risks none of the kinds that are looked for", 1, true), one)
  end)

  it("cache", function()
    for cache, sentence in pairs {
      revalidate = "clients may keep the reply, and must ask each time whether it is still the same",
      ["5m"] = "clients may keep the reply and show it for 5 minutes without asking",
    } do
      local other, forget = folder.make {
        ["contracts/notes/one.json"] = folder.contract(function(c) c.ensures.cache = cache end),
      }
      local one = page("notes.one", other)
      forget()
      assert.truthy(one:find(sentence, 1, true), one)
    end
  end)

  it("owns with deny", function()
    local other, forget = folder.make {
      ["contracts/queries/notes.sql"] = folder.base["contracts/queries/notes.sql"]
        .. "-- name: owner :value\nSELECT owner_id FROM notes WHERE id = :note_id;\n",
      ["contracts/notes/one.json"] = folder.contract(function(c)
        c.requires.owns = { note_id = { query = "notes.owner", deny = 403 } }
      end),
    }
    local one = page("notes.one", other)
    forget()
    assert.truthy(one:find("note_id must be the principal's: notes.owner must give the principal's id otherwise it is "
      .. "forbidden (403), whether there is such a thing or not", 1, true), one)
  end)

  it("webhook, idempotent", function()
    local other, forget = folder.make {
      ["writ.json"] = '{ "webhooks": { "bank": { "scheme": "github", "secret_env": "BANK" } } }',
      ["contracts/queries/notes.sql"] = [[
        -- name: one :one
        -- json: event
        INSERT INTO notes (id, owner_id, body) VALUES (:new_id, :new_id, :event) RETURNING id, body;]],
      ["contracts/notes/one.json"] = folder.contract(function(c)
        c.route = "POST /bank"
        c.requires.auth = { "webhook:bank" }
        c.requires.body = "event"
        c.requires.validates.properties = { event = { type = "object", additionalProperties = true } }
        c.requires.validates.required = { "event" }
        c.ensures.audit = "paid"
        c.ensures.idempotent = { by = "input.event.id", ["for"] = "2h" }
      end),
    }
    local one = page("notes.one", other)
    forget()
    assert.truthy(one:find("the sender that signs, as writ.json says, as webhook:bank may call it", 1, true), one)
    assert.truthy(one:find("a call that is repeated, which event.id tells, has no second effect and gets the first "
      .. "reply, for 2 hours", 1, true), one)
    assert.truthy(one:find("of notes only rows whose owner_id is the call's new id", 1, true), one)
  end)

  -- SQLite's pre-update hook lets through what happens within another change: depth above 0.
  it("what is not held against owners", function()
    local other, forget = folder.make {
      ["contracts/migrations/0002_more.sql"] =
        "CREATE TRIGGER gone AFTER UPDATE ON notes BEGIN UPDATE users SET role = 'admin' WHERE id = new.body; END;",
      ["contracts/queries/notes.sql"] = "-- name: one :exec\nUPDATE notes SET body = :made WHERE id = :note_id;",
      ["contracts/notes/one.json"] = folder.contract(function(c)
        c.route = "PATCH /notes/{note_id}"
        c.uses.computes = { made = { title = "It" } }
        c.ensures.audit = "x"
        c.ensures.idempotent = { ["for"] = "90s" }
      end),
    }
    local one = page("notes.one", other)
    forget()
    assert.truthy(one:find("of notes only rows whose owner_id is the principal's", 1, true), one)
    assert.falsy(one:find("of users only rows", 1, true), one)
    assert.truthy(one:find("what triggers and foreign keys do besides is not held against owners, nor guarded", 1, true), one)
    assert.truthy(one:find("notes.one also writes users.role, by the trigger gone.", 1, true), one)
    assert.truthy(one:find("made for notes.one, anything", 1, true), one)
    assert.truthy(one:find("gets the first reply, for 90 seconds", 1, true), one)
  end)

  it("gives the same facts as data", function()
    local by_key, list = facts("it", path)
    for _, fact in ipairs(list) do
      assert.equal("it", fact.contract)
      assert.truthy(({ grant = 1, restriction = 1, either = 1, note = 1 })[fact.direction])
      assert.equal("string", type(fact.sentence))
    end
    assert.same({ "grant", "auth" }, { by_key["auth.role:user"].direction, by_key["auth.role:user"].section })
    assert.equal("column words.uses can be written, by q.add_line, by the trigger counted",
      by_key["write:words.uses by counted"].sentence)
    assert.same({ 7, 7200000 }, by_key["rate:principal"].value)
    assert.equal("templates/careful.json", by_key["rate:principal"].from)
    assert.same({ "restriction", 3, "notes in the input: at most 3 elements" },
      { by_key["input:/notes:maxItems"].direction, by_key["input:/notes:maxItems"].value,
        by_key["input:/notes:maxItems"].sentence })
    assert.same({ "owner", "editor" }, by_key["owns:team_id.in"].value)
  end)
end)

describe("the command line", function()
  it("knows a contract by name, path and route, several, and all", function()
    local _, one = page "users.me"
    for _, name in ipairs { "contracts/users/me.json", "GET /me" } do assert.equal(one, select(2, page(name))) end
    local two = servers.run "check --explain users.me users.logout"
    assert.equal(one .. "\n" .. select(2, page "users.logout"), two)
    assert.truthy(servers.run("check --explain"):find(two:match "^[^\n]+", 1, true))
  end)

  it("says what it does not know", function()
    local _, err, code = servers.run "check --explain users.meh"
    assert.equal(1, code)
    assert.truthy(err:find("did you mean 'users.me'?", 1, true), err)
    _, err, code = servers.run "check . ."
    assert.equal(2, code)
    assert.truthy(err:find("--explain", 1, true), err)
  end)

  it("explains nothing that has errors", function()
    local path, remove = folder.make { ["contracts/notes/one.json"] = "{}" }
    local out, err, code = servers.run("check --explain " .. path)
    remove()
    assert.same({ "", 1 }, { out, code })
    assert.truthy(err:find("error", 1, true))
  end)
end)
