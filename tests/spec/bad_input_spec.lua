-- Whatever a client sends: the right 4xx, in problem+json, and a server that goes on. What is wrong with the bytes of HTTP
-- itself is http_spec.lua's.
local servers = require "support.server"

describe("bad input", function()
  local server, ada, before

  setup(function()
    server = servers.start { seed = "tests/fixtures.sql", dev = false }
    ada = server:login("ada@example.com", "ada-loves-engines")
    before = server:snapshot()
  end)

  teardown(function()
    assert.equal(before, server:snapshot())
    assert.equal(0, server:stop())
  end)

  local deep = ("["):rep(100) .. ("]"):rep(100)
  -- what, method, path, options (token is ada's unless said), status, code
  local cases = {
    { "malformed JSON", "POST", "/notes", { body = '{"title":' }, 400, "malformed" },
    { "an empty body", "POST", "/notes", { body = "" }, 422, "invalid_input" },
    { "no body", "POST", "/notes", {}, 422, "invalid_input" },
    { "a body that is no object", "POST", "/notes", { body = "[]" }, 400, "malformed" },
    { "a duplicate key", "POST", "/notes", { body = '{"title":"a","title":"b","body":""}' }, 400, "malformed" },
    { "too deep a body", "POST", "/notes", { body = '{"title":' .. deep .. '}' }, 400, "malformed" },
    { "too large a body", "POST", "/notes", { body = ('"%s"'):format(("x"):rep(70000)) }, 413, "body_too_large" },
    { "invalid UTF-8", "POST", "/notes", { body = '{"title":"\xff","body":""}' }, 400, "malformed" },
    { "a lone surrogate", "POST", "/notes", { body = '{"title":"\\ud800","body":""}' }, 400, "malformed" },
    { "another content type", "POST", "/notes", { body = "title=a", type = "text/plain" }, 415,
      "unsupported_media_type" },
    { "a wrong type", "POST", "/notes", { body = '{"title":1,"body":""}' }, 422, "invalid_input" },
    { "null", "POST", "/notes", { body = '{"title":null,"body":""}' }, 422, "invalid_input" },
    { "an unknown field", "POST", "/notes", { body = '{"title":"a","body":"","owner_id":"x"}' }, 422,
      "invalid_input" },
    { "a missing field", "POST", "/notes", { body = '{"title":"a"}' }, 422, "invalid_input" },
    { "an empty field", "POST", "/notes", { body = '{"title":"  ","body":""}' }, 422, "invalid_input" },
    { "a path field in the body", "PATCH", "/notes/01890000-0000-7000-8000-0000000000a1",
      { body = '{"note_id":"01890000-0000-7000-8000-0000000000b1","title":"x"}' }, 400, "malformed" },
    { "a body field in the query", "POST", "/notes?title=x", { body = '{"title":"a","body":""}' }, 400, "malformed" },
    { "an unknown query field", "GET", "/notes?colour=red", {}, 422, "invalid_input" },
    { "a query field twice", "GET", "/notes?q=a&q=b", {}, 400, "malformed" },
    { "an integer with a leading zero", "GET", "/notes?page=01", {}, 422, "invalid_input" },
    { "an integer with a sign", "GET", "/notes?page=%2B1", {}, 422, "invalid_input" },
    { "an integer with a fraction", "GET", "/notes?page=1.0", {}, 422, "invalid_input" },
    { "an integer out of range", "GET", "/notes?page=99999999999999999999", {}, 422, "invalid_input" },
    { "a value not listed", "GET", "/notes?sort=id%20DESC", {}, 422, "invalid_input" },
    { "an id that is none", "GET", "/notes/1%27%20OR%201=1", {}, 422, "invalid_input" },
    { "a body on GET", "GET", "/notes", { body = "{}" }, 400, "malformed" },
    { "no token", "GET", "/me", { token = false }, 401, "unauthenticated" },
    { "a forged token", "GET", "/me", { token = ("A"):rep(43) }, 401, "unauthenticated" },
    { "a short token", "GET", "/me", { token = "A" }, 401, "unauthenticated" },
    { "a long token", "GET", "/me", { token = ("A"):rep(4000) }, 401, "unauthenticated" },
    { "another scheme", "GET", "/me", { token = false, headers = { Authorization = "Basic YTpi" } }, 401,
      "unauthenticated" },
    { "an unknown route", "GET", "/nowhere", {}, 404, "no_route" },
    { "a method this path lacks", "PUT", "/notes", { body = "{}" }, 405, "method_not_allowed" },
  }

  for _, case in ipairs(cases) do
    local what, method, path, options, status, code = table.unpack(case)
    it(("such as %s is a %d"):format(what, status), function()
      if options.token == nil then options.token = ada end
      options.token = options.token or nil
      local reply = server:request(method, path, options)
      assert.equal(status, reply.status, reply.body)
      assert.equal("application/problem+json", reply.headers["content-type"])
      assert.equal(code, reply.json.code, reply.body)
      assert.is_nil(reply.json.debug)
    end)
  end

  it("names each wrong field by pointer, keyword and message", function()
    local reply = server:request("POST", "/users",
      { json = { email = "ada@", name = "", password = "secret", colour = "red" } })
    assert.equal(422, reply.status)
    local found = {}
    for _, error in ipairs(reply.json.errors) do found[error.pointer] = error end
    assert.equal("format", found["/email"].keyword)
    assert.is_string(found["/email"].message)
    assert.equal("minLength", found["/name"].keyword)
    assert.equal("minLength", found["/password"].keyword)
    assert.is_table(found["/colour"])
    assert.is_nil(reply.body:find("secret", 1, true))
  end)

  it("has headers that say what to do", function()
    local function challenge(...) return server:request(...).headers["www-authenticate"] end
    assert.equal('Bearer realm="writ"', challenge("GET", "/me"))
    assert.equal('Bearer realm="writ"', challenge("GET", "/me", { headers = { Authorization = "Basic YTpi" } }))
    assert.equal('Bearer realm="writ", error="invalid_token"', challenge("GET", "/me", { token = "x" }))
    assert.equal('Bearer realm="writ"', challenge("POST", "/login",
      { token = "x", json = { email = "ada@example.com", password = "not-her-password" } }))
    assert.equal("GET, HEAD, POST, OPTIONS", server:request("PUT", "/notes", { token = ada, body = "{}" }).headers.allow)
  end)

  it("leaves the connection usable when only the request was wrong", function()
    local connection = server:connect()
    assert.equal(400, connection:request("POST", "/notes", { token = ada, body = "{" }).status)
    assert.equal(200, connection:request("GET", "/me", { token = ada }).status)
    connection:close()
  end)
end)
