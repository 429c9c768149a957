-- docs/faq.md: each handler that it shows gets the answer that stands below it, from `writ check` or from a call; one with
-- none below works.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local function entries()
  local found, language, text = {}, nil, nil
  for line in servers.read_file("docs/faq.md"):gmatch "([^\n]*)\n" do
    if language and line == "```" then
      if language == "lua" then found[#found + 1] = { source = text } end
      if language == "text" then found[#found].said = text:gsub("%s+$", "") end
      language = nil
    elseif line:match "^```" then
      language, text = line:sub(4), ""
    elseif language then
      text = text .. line .. "\n"
    elseif line:match "^#" then
      found.title = line:match "^#+ (.*)"
    end
    if #found > 0 and not found[#found].title then found[#found].title = found.title end
  end
  return found
end

local note = {
  type = "object",
  properties = { id = { type = "string" }, title = { type = "string" } },
  required = { "id", "title" },
}

local function app(source)
  return {
    ["contracts/notes/one.json"] = false,
    ["app/handlers/notes/one.lua"] = false,
    ["contracts/queries/notes.sql"] = [[
-- name: create :one
INSERT INTO notes (id, owner_id, body) VALUES (:new_id, :principal_id, :title) RETURNING id, body AS title;
-- name: find :one
SELECT id, body AS title FROM notes WHERE body = :title AND owner_id = :principal_id;
-- name: count :value
SELECT count(*) FROM notes WHERE owner_id = :principal_id;
]],
    ["contracts/notes/create.json"] = json.encode {
      summary = "A user writes a note",
      route = "POST /notes",
      requires = {
        auth = { "user" },
        validates = {
          type = "object",
          properties = { title = { type = "string", maxLength = 100 }, body = { type = "string" } },
          required = { "title" },
        },
      },
      uses = { queries = { "notes.create", "notes.find", "notes.count" } },
      ensures = {
        returns = { ["201"] = note },
        errors = { gone = { status = 404, title = "There is no such note" } },
        audit = "note_created",
      },
    },
    ["app/handlers/notes/create.lua"] = source,
    ["tests/fixtures.sql"] = [[
-- principal: ada a
INSERT INTO users (id, email, password_hash) VALUES ('a', 'ada@example.com', '-');
INSERT INTO notes (id, owner_id, body) VALUES ('n', 'a', 'Found');
]],
  }
end

describe("the answers to questions", function()
  local all = entries()
  it("are there", function() assert.is_true(#all > 8) end)

  for _, entry in ipairs(all) do
    it("are true: " .. entry.title, function()
      local path, remove = folder.make(app(entry.source))
      finally(remove)
      local _, findings, wrong = servers.run("check " .. path)
      local out, _, code = servers.run(("try notes.create --as ada --input '{\"title\":\"Found\"}' --json %s"):format(path))
      if entry.said then
        assert.not_equal(0, wrong + code, out)
        local debug = findings .. out
        assert.truthy(debug:find(entry.said, 1, true), debug)
      else
        assert.same({ 0, 0 }, { wrong, code }, findings .. out)
      end
    end)
  end
end)
