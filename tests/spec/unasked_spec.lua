-- W0350: fields that choose rows for a query that writes, while nothing asks whose they are; and when it is silent.
local folder = require "support.folder"
local servers = require "support.server"

local policy = [[{
  "principal": "users.principal", "privileged": ["admin"], "unowned": ["notes.it"],
  "tables": {
    "users": { "owner": "id", "secret": ["password_hash"], "guarded": ["role"] },
    "notes": { "owner": "owner_id" },
    "lines": { "parent": ["note_id", "notes"] },
    "links": { "owner": "owner_id" },
    "words": { "shared": "A dictionary" }
  }
}]]

local tables = [[
CREATE TABLE lines (id TEXT NOT NULL PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes (id), text TEXT) STRICT;
CREATE TABLE links (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, note_id TEXT REFERENCES notes (id),
  friend_id TEXT REFERENCES users (id), word TEXT REFERENCES words (word)) STRICT;
CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY) STRICT;
]]

local asking = [[
-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;
-- name: is_mine :value
SELECT EXISTS (SELECT 1 FROM notes WHERE id = :note_id AND owner_id = :principal_id);
-- name: read :one
SELECT id, body FROM notes WHERE id = :note_id;
]]

-- What `check` and the risks of `--explain` say of a contract that grants this query.
local function examine(sql, change)
  local path, remove = folder.make {
    ["contracts/policy.json"] = policy,
    ["contracts/migrations/0002_more.sql"] = tables,
    ["contracts/queries/notes.sql"] = "-- name: it :exec\n" .. sql .. ";\n" .. asking,
    ["contracts/notes/one.json"] = folder.contract(function(c)
      c.route = "PUT /notes/{note_id}"
      c.requires.validates.properties.body = { type = "string", maxLength = 40 }
      c.requires.validates.required = { "note_id", "body" }
      c.uses.queries = { "notes.it" }
      c.ensures.returns = { ["200"] = { type = "object" } }
      c.ensures.audit = "it"
      if change then change(c) end
    end),
    ["app/handlers/notes/one.lua"] = "return function() return {} end\n",
  }
  local _, found = servers.run("check " .. path)
  local page, err, code = servers.run("check --explain notes.one " .. path)
  remove()
  assert.equal(0, code, err)
  return found:match "warning (W0350: [^\n]*)", page:match("\n  Risks\n(.-)\n\n"):gsub("%s+", " "), found
end

-- SQL; what the warning says; what the risks say
local found = {
  { "UPDATE notes SET body = :body WHERE id = :note_id",
    "the rows of notes are that 'note_id' chooses in notes.it: say whose it must be: \"owns\": { \"note_id\": \"notes.owner\" }",
    "note_id chooses rows of notes for notes.it, and nothing asks whose they are." },
  { "DELETE FROM notes WHERE :note_id = id AND body = :body", "'note_id' chooses" },
  { "DELETE FROM notes WHERE owner_id = :note_id", "\"owns\": { \"note_id\": \"self\" }" },
  { "DELETE FROM lines WHERE id = :note_id", "<a query that gives the owner for :note_id>" },
  { "INSERT INTO lines (id, note_id, text) VALUES (:new_id, :note_id, :body)",
    "whose row of notes it is that 'note_id' names in notes.it: say whose it must be: \"owns\": { \"note_id\": \"notes.owner\" }",
    "note_id names a row of notes for notes.it, and nothing asks whose it is." },
  { "INSERT INTO lines (id, note_id, text) SELECT :new_id, :note_id, :body", "'note_id' names" },
  { "INSERT INTO links (id, owner_id, note_id) VALUES (:new_id, :principal_id, :note_id)", "'note_id' names" },
  { "INSERT INTO notes (id, owner_id, body) VALUES (:new_id, :note_id, :body)", "\"owns\": { \"note_id\": \"self\" }" },
  { "UPDATE links SET word = :body, note_id = :note_id WHERE owner_id = :principal_id", "'note_id' names" },
  { "UPDATE links SET note_id = iif(:has_body, :note_id, note_id) WHERE owner_id = :principal_id",
    "whose row of notes it is that 'note_id' names in notes.it",
    "note_id names a row of notes for notes.it, and nothing asks whose it is." },
  { "UPDATE links SET (word, note_id) = (:body, :note_id) WHERE owner_id = :principal_id", "'note_id' names" },
  { "INSERT INTO lines AS l (id, note_id) VALUES (:new_id, :note_id)", "'note_id' names" },
  { "INSERT INTO links (id, owner_id, note_id) VALUES (:new_id, :principal_id, NULL), (new_id(), :principal_id, :note_id)",
    "'note_id' names" },
  { "INSERT INTO links (id, owner_id) VALUES (:body, :principal_id) ON CONFLICT (id) DO UPDATE SET note_id = :note_id",
    "'note_id' names" },
  { "UPDATE lines SET note_id = :note_id WHERE id IN (SELECT id FROM lines)", "'note_id' names" },
  { "UPDATE notes SET owner_id = :note_id WHERE owner_id = :principal_id", "\"owns\": { \"note_id\": \"self\" }" },
  { "WITH w AS (SELECT word FROM words) UPDATE notes SET body = :body WHERE id = :note_id", "'note_id' chooses" },
  { "WITH w (a) AS MATERIALIZED (SELECT :body) DELETE FROM notes WHERE id = :note_id", "'note_id' chooses" },
  { "WITH w AS (SELECT 1) INSERT INTO lines (id, note_id, text) VALUES (:new_id, :note_id, :body)", "'note_id' names" },
  { "UPDATE notes SET body = w.word FROM words AS w WHERE w.word = :body AND notes.id = :note_id",
    "the rows of notes are that 'note_id' chooses in notes.it" },
  { "UPDATE notes AS n SET body = w.word FROM words AS w WHERE :body = w.word AND n.id = :note_id", "'note_id' chooses" },
  { "UPDATE notes SET body = word FROM words WHERE word = :body AND id = :note_id", "'note_id' chooses" },
}

-- SQL in which nothing is to be found
local silent = {
  "UPDATE notes SET body = :body WHERE id = :note_id AND owner_id = :principal_id",
  "UPDATE notes SET body = :body WHERE id IN (SELECT id FROM notes WHERE id = :note_id)",
  "UPDATE notes SET body = :body || :note_id WHERE owner_id = :principal_id",
  "DELETE FROM words WHERE word = :note_id",
  "INSERT INTO words (word) VALUES (:note_id)",
  "INSERT INTO links (id, owner_id, word) VALUES (:new_id, :principal_id, :note_id)",
  "INSERT INTO notes (id, owner_id, body) VALUES (:note_id, :principal_id, :body)",
  "INSERT INTO lines (id, note_id, text) SELECT :new_id, :note_id, :body FROM notes WHERE id = :note_id",
  "INSERT INTO lines (id, note_id) SELECT :new_id, :note_id WHERE EXISTS (SELECT 1 FROM notes WHERE id = :note_id)",
  "UPDATE links SET note_id = :note_id WHERE EXISTS (SELECT 1 FROM notes WHERE id = :note_id)",
  "UPDATE links SET note_id = (SELECT id FROM notes WHERE id = :note_id) WHERE owner_id = :principal_id",
  "UPDATE links SET note_id = CASE WHEN :body = 'none' THEN NULL ELSE note_id END WHERE owner_id = :principal_id",
  "UPDATE links SET note_id = iif(word IS :body, NULL, note_id) WHERE owner_id = :principal_id",
  "UPDATE links SET (word, note_id) = (SELECT :body, id FROM notes WHERE id = :note_id) WHERE owner_id = :principal_id",
  "UPDATE links SET word = :note_id WHERE owner_id = :principal_id",
  "WITH mine AS (SELECT id FROM notes WHERE id = :note_id) UPDATE notes SET body = :body WHERE id IN (SELECT id FROM mine)",
  "WITH mine AS (SELECT id FROM notes WHERE id = :note_id) UPDATE notes SET body = :body FROM mine WHERE notes.id = mine.id AND notes.id = :note_id",
  "WITH a AS (SELECT 1), mine AS (SELECT id FROM notes) UPDATE links SET note_id = :note_id WHERE id = :principal_id AND :note_id IN mine",
  "WITH mine AS (SELECT id FROM notes WHERE id = :note_id) INSERT INTO lines (id, note_id) SELECT :new_id, :note_id FROM mine",
  "UPDATE lines SET text = notes.body FROM notes WHERE lines.note_id = notes.id AND lines.id = :note_id",
  "UPDATE notes SET body = w.word FROM words AS w WHERE w.word = :note_id AND notes.owner_id = :principal_id",
  "UPDATE notes SET body = w.word FROM words AS w WHERE w.word = :note_id AND notes.body = w.word",
}

local none = " none of the kinds that are looked for"

describe("rows that the input chooses, and nobody asks whose they are", function()
  for _, case in ipairs(found) do
    it("in " .. case[1], function()
      local warning, risks, all = examine(case[1])
      assert.truthy(warning and warning:find(case[2], 1, true), all)
      assert.truthy(risks:find(case[3] or "nothing asks whose", 1, true), risks)
    end)
  end

  for _, sql in ipairs(silent) do
    it("not in " .. sql, function()
      local warning, risks, all = examine(sql)
      assert.is_nil(warning, all)
      assert.falsy(risks:find("nothing asks", 1, true), risks)
    end)
  end

  local update = found[1][1]

  it("not where owns, a rule or a condition asks", function()
    local function error_of(c) c.ensures.errors = { not_mine = { status = 409 } } end
    for _, change in ipairs {
      function(c) c.requires.owns = { note_id = "notes.owner" } end,
      function(c)
        error_of(c)
        c.requires.rules = { { query = "notes.is_mine", error = "not_mine" } }
      end,
      function(c)
        error_of(c)
        c.requires.rules = { { when = { input = { required = { "body" } } },
          require = { rules = { { query = "notes.is_mine", error = "not_mine" } } } } }
      end,
    } do
      local warning, risks, all = examine(update, change)
      assert.is_nil(warning, all)
      assert.equal(none, risks, all)
    end
  end)

  it("not where the rows of others are meant", function()
    for _, change in ipairs {
      function(c) c.uses.unowned = { ["notes.it"] = "It is a test" } end,
      function(c) c.requires.auth = { "admin" } end,
    } do
      local warning, risks = examine(update, change)
      assert.is_nil(warning)
      assert.falsy(risks:find("nothing asks", 1, true), risks)
    end
  end)

  it("only among the risks where the handler may ask, or people are named", function()
    local warning, risks = examine(update, function(c) c.uses.queries = { "notes.it", "notes.read" } end)
    assert.is_nil(warning)
    assert.truthy(risks:find("nothing asks whose they are", 1, true), risks)
    warning, risks =
      examine "INSERT INTO links (id, owner_id, friend_id) VALUES (:new_id, :principal_id, :note_id)"
    assert.is_nil(warning)
    assert.truthy(risks:find("note_id names a row of users for notes.it", 1, true), risks)
  end)
end)
