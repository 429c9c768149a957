-- Small apps in temporary folders: a table of path -> text on top of a base that is in order.
local servers = require "support.server"
local json = require "cjson"

local M = {}

M.base = {
  ["contracts/policy.json"] = [[{
  "principal": "users.principal",
  "privileged": ["admin"],
  "tables": {
    "users": { "owner": "id", "secret": ["password_hash"], "guarded": ["role"] },
    "notes": { "owner": "owner_id" }
  }
}
]],
  ["contracts/migrations/0001_base.sql"] = [[
CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, role TEXT NOT NULL DEFAULT 'user',
  password_hash TEXT NOT NULL) STRICT;
CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
]],
  ["contracts/queries/users.sql"] = [[
-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;
]],
  ["contracts/queries/notes.sql"] = [[
-- name: one :one
SELECT id, body FROM notes WHERE id = :note_id;
]],
  ["app/handlers/notes/one.lua"] = [[
return function(input, ctx)
  local note = ctx.db.notes.one()
  assert(note ~= null)
  return note
end
]],
}

-- The base's contract, with a change.
function M.contract(change)
  local contract = {
    summary = "One note",
    route = "GET /notes/{note_id}",
    requires = {
      auth = { "user" },
      validates = {
        type = "object",
        properties = { note_id = { type = "string", maxLength = 40 } },
        required = { "note_id" },
      },
    },
    uses = { queries = { "notes.one" } },
    ensures = {
      returns = {
        type = "object",
        properties = { id = { type = "string" }, body = { type = "string" } },
        required = { "id", "body" },
      },
    },
  }
  if change then change(contract) end
  return json.encode(contract)
end

-- The contract of a route that says who one is by the query `users.me`, with a change.
function M.me(route, change)
  local contract = {
    summary = "It is tested",
    route = route,
    requires = { auth = { "user", "admin" }, validates = { type = "object", properties = json.decode "{}" } },
    uses = { queries = { "users.me" } },
    ensures = { returns = {
      type = "object",
      properties = { id = { type = "string" }, role = { type = "string" } },
      required = { "id", "role" },
    } },
  }
  if change then change(contract) end
  return json.encode(contract)
end

-- Writes base and files (false removes one) into a new folder; gives its path and a function that removes it.
function M.make(files)
  local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
  local all = { ["contracts/notes/one.json"] = M.contract() }
  for path, text in pairs(M.base) do all[path] = text end
  for path, text in pairs(files or {}) do all[path] = text end
  for path, text in pairs(all) do
    if text then
      os.execute(("mkdir -p '%s'"):format((folder .. "/" .. path):match "^(.*)/"))
      servers.write_file(folder .. "/" .. path, text)
    end
  end
  return folder, function() os.execute("rm -rf '" .. folder .. "'") end
end

return M
