-- A pattern that backtracks without end: what the contract's author hears, what a client can do with it.
local servers = require "support.server"
local folder = require "support.folder"

local files = {
  ["contracts/notes/search.json"] = [[{
  "summary": "A search",
  "route": "GET /search",
  "requires": {
    "auth": "public",
    "reason": "It is tested",
    "rate_limit": [{ "limit": 100, "per": "1m", "by": "ip" }],
    "validates": {
      "type": "object",
      "properties": {
        "words": { "type": "string", "pattern": "^(\\w+\\s?)*$" }
      },
      "required": ["words"]
    }
  },
  "ensures": { "returns": { "type": "string", "pattern": "^(a|a)*$" } }
}]],
  ["app/handlers/notes/search.lua"] = "return function(input) return input.words == 'b' and ('a'):rep(64) .. '!' or 'a' end\n",
}

describe("a pattern that can take exponential time", function()
  local server, path, remove

  setup(function()
    path, remove = folder.make(files)
    server = servers.start { folder = path, dev = false }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  it("is warned of, with what is to blame", function()
    local _, err, code = servers.run("check " .. path)
    assert.equal(0, code, err)
    assert.matches("contracts/notes/search.json:11:49: warning W0209: ", err, 1, true)
    assert.matches([[what '(\w+\s?)*' repeats can be read in several ways]], err, 1, true)
    assert.matches([[what '(a|a)*' repeats]], err, 1, true)
    assert.equal(2, select(2, err:gsub("warning W0209:", "")))
  end)

  it("matches what is tame", function()
    assert.equal(200, server:request("GET", "/search?words=some%20words").status)
    assert.equal(422, server:request("GET", "/search?words=!").status)
    assert.not_matches("took too long", server:log(), 1, true)
  end)

  it("refuses what makes it explode, tells the client, and is logged", function()
    local reply = server:request("GET", "/search?words=" .. ("a"):rep(100) .. "!")
    assert.equal(422, reply.status)
    assert.equal("/words", reply.json.errors[1].pointer)
    assert.equal("pattern", reply.json.errors[1].keyword)
    assert.matches("its pattern gave up", reply.json.errors[1].message, 1, true)
    assert.matches("notes.search: checking input/words took too long", server:log(), 1, true)
  end)

  it("refuses what the handler returns as well", function()
    assert.equal(500, server:request("GET", "/search?words=b").status)
    assert.matches("notes.search: checking returns took too long", server:log(), 1, true)
  end)
end)
