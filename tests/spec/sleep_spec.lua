-- Handlers that sleep, over HTTP: they hold nobody up, and the server ends when they have.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local function contract(route, uses, limits)
  return json.encode {
    summary = "It is tested",
    route = route,
    requires = {
      auth = "public",
      reason = "It is tested",
      validates = {
        type = "object",
        properties = { ms = { type = "integer", minimum = 0 } },
      },
    },
    uses = uses,
    ensures = { returns = { type = "string" } },
    limits = limits,
  }
end

describe("a handler that sleeps", function()
  local path, remove, server

  setup(function()
    path, remove = folder.make {
      ["contracts/nap.json"] = contract("GET /nap", { sleep = true }, { total = "20s" }),
      ["app/handlers/nap.lua"] = "return function(input, ctx) ctx.sleep(input.ms) return 'rested' end\n",
      ["contracts/short.json"] = contract("GET /short", { sleep = true }, { total = "1s" }),
      ["app/handlers/short.lua"] = "return function(input, ctx) ctx.sleep(input.ms) return 'rested' end\n",
      ["contracts/awake.json"] = contract "GET /awake",
      ["app/handlers/awake.lua"] = "return function() return 'awake' end\n",
      ["contracts/ungranted.json"] = contract "GET /ungranted",
      ["app/handlers/ungranted.lua"] = "return function(_, ctx) ctx.sleep(1) return 'rested' end\n",
    }
    server = servers.start { folder = path }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  local function send(target)
    local connection = server:connect()
    connection:send("GET " .. target .. " HTTP/1.1\r\nHost: test\r\n\r\n")
    return connection
  end

  it("holds up no other", function()
    local sleepers, count = {}, 200
    for i = 1, count do sleepers[i] = send "/nap?ms=2000" end
    assert.equal("awake", server:request("GET", "/awake").json)
    local began = os.time()
    for _, connection in ipairs(sleepers) do
      assert.equal("rested", connection:receive().json)
      connection:close()
    end
    assert.is_true(os.time() - began < count) -- one after the other it would be twice that
  end)

  it("is ended by its total", function()
    local reply = server:request("GET", "/short?ms=100000")
    assert.same({ 500, "handler_deadline" }, { reply.status, reply.json.code })
    assert.equal("rested", server:request("GET", "/short?ms=0").json)
  end)

  it("needs a grant", function()
    local reply = server:request("GET", "/ungranted")
    assert.same({ 500, "handler_failed" }, { reply.status, reply.json.code })
    assert.matches("does not grant ctx.sleep", reply.body, 1, true)
  end)

  it("may lose its client", function()
    for _ = 1, 20 do send("/nap?ms=20"):close() end
    assert.equal("rested", server:request("GET", "/nap?ms=50").json)
    assert.is_true(server:alive())
  end)

  it("is waited for when the server stops", function()
    local other = servers.start { folder = path }
    local connection = other:connect()
    connection:send "GET /nap?ms=300 HTTP/1.1\r\nHost: test\r\n\r\nGET /awake HTTP/1.1\r\nHost: test\r\n\r\n"
    assert.equal("awake", other:request("GET", "/awake").json) -- by now the other one sleeps
    assert.equal(0, other:stop())
    assert.equal("rested", connection:receive().json)
    connection:close()
  end)
end)
