-- Path and query string become what the schema declares, and reach the SQL as that.
local servers = require "support.server"
local folder = require "support.folder"

describe("path and query string", function()
  local server, remove

  setup(function()
    local path
    path, remove = folder.make {
      ["contracts/defs/filter.json"] = [[{ "$defs": {
        "level": { "type": "integer", "minimum": 0 },
        "levels": { "type": "array", "items": { "$ref": "#/$defs/level" }, "maxItems": 3, "uniqueItems": true }
      } }]],
      ["contracts/queries/notes.sql"] = [[
-- name: one :one
SELECT 'x' AS id, 'y' AS body;
-- name: types :one
-- json: levels, tags
-- optional: tags, open
SELECT typeof(:floor) AS floor, typeof(:open) AS open, :levels AS levels, :tags AS tags,
  (SELECT group_concat(type || ' ' || value, '; ') FROM json_each(:levels)) AS each_level,
  (SELECT group_concat(type || ' ' || value, '; ') FROM json_each(:tags)) AS each_tag;
]],
      ["contracts/notes/one.json"] = folder.contract(function(c) c.uses.queries = { "notes.one", "notes.types" } end)
        :gsub('"route":"[^"]*"', '"route":"GET /floors/{floor}"')
        :gsub('"validates":%b{}', function() return [["validates": { "type": "object", "properties": {
            "floor": { "$ref": "../defs/filter.json#/$defs/level" },
            "levels": { "allOf": [{ "$ref": "../defs/filter.json#/$defs/levels" }] },
            "tags": { "type": "array", "items": { "type": "string" } },
            "open": { "type": "boolean" } }, "required": ["floor", "levels"] }]] end)
        :gsub('"auth":%b[]', function() return '"auth": "public", "reason": "a test"' end)
        :gsub('"returns":%b{}', function() return '"returns": { "type": "object", "additionalProperties": true }' end),
      ["app/handlers/notes/one.lua"] = "return function(_, ctx) return ctx.db.notes.types() end",
    }
    server = servers.start { folder = path, dev = false }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  it("are typed where the query binds them", function()
    local reply = server:request("GET", "/floors/3?levels=2&open=true&levels=10&tags=1&tags=b")
    assert.equal(200, reply.status, reply.body)
    assert.same({ floor = "integer", open = "integer", levels = { 2, 10 }, tags = { "1", "b" },
      each_level = "integer 2; integer 10", each_tag = "text 1; text b" }, reply.json)
  end)

  it("make an array of one value", function()
    local reply = server:request("GET", "/floors/3?levels=2")
    assert.equal(200, reply.status, reply.body)
    assert.same({ 2 }, reply.json.levels)
    assert.equal("null", reply.json.open)
  end)

  local refused = {
    { "/floors/03?levels=1", 422, "/floor" },
    { "/floors/-1?levels=1", 422, "/floor" },
    { "/floors/1", 422, "/levels" },
    { "/floors/1?levels=1&levels=1.0", 422, "/levels/1" },
    { "/floors/1?levels=1&levels=", 422, "/levels/1" },
    { "/floors/1?levels=1&levels=1", 422, "/levels" },
    { "/floors/1?levels=1&levels=2&levels=3&levels=4", 422, "/levels" },
    { "/floors/1?levels=1&open=yes", 422, "/open" },
    { "/floors/1?levels=1&open=true&open=true", 400 },
    { "/floors/1?levels=1&floor=1", 400 },
    { "/floors/1?levels=1" .. ("&tags=x"):rep(64), 400 },
  }
  for _, case in ipairs(refused) do
    it("are refused: " .. case[1]:sub(1, 60), function()
      local reply = server:request("GET", case[1])
      assert.equal(case[2], reply.status, reply.body)
      assert.equal(case[3], reply.json.errors and reply.json.errors[1].pointer)
    end)
  end
end)
