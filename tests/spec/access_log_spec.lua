-- The access log on the server's stdout, and the trace id in both logs.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local trace, other = ("4b"):rep(16), ("5c"):rep(16)

local function files(log)
  return {
    ["writ.json"] = json.encode { log = log },
    ["contracts/queries/users.sql"] = folder.base["contracts/queries/users.sql"] .. [[
-- name: me :one
SELECT id, role FROM users WHERE id = :principal_id;
]],
    ["contracts/me.json"] = folder.me "GET /me",
    ["app/handlers/me.lua"] = "return function(_, ctx) return ctx.db.users.me() end\n",
    ["contracts/fails.json"] = folder.me "GET /fails",
    ["app/handlers/fails.lua"] = "return function() error 'on purpose' end\n",
  }
end

describe("the access log", function()
  local server, remove, token

  local function start(log, arguments)
    local path
    path, remove = folder.make(files(log))
    server = servers.start { folder = path, access_log = not arguments, arguments = arguments }
    server:execute "INSERT INTO users (id, email, role, password_hash) VALUES ('ada', 'a', 'user', 'x')"
    token = servers.capture(("WRIT_AUDIT_KEY=%s %s token create --principal ada --label test --roles user --expires 1d --data %s %s")
      :format(("5a"):rep(32), servers.writ, server.data, path)):match "([%w_-]+)%s*$"
  end

  after_each(function()
    if server and not server.ended then assert.equal(0, server:stop()) end
    if remove then remove() end
    server, remove = nil, nil
  end)

  -- The next line, which is written soon after the reply: reading waits for it.
  local function line()
    local text = server.stdout:read "l"
    return json.decode(text), text
  end

  it("says who asked for what, and what became of it", function()
    start()
    local reply = server:request("GET", "/me?", { token = token, headers = { traceparent = "00-" .. trace .. "-00f067aa0ba902b7-01" } })
    assert.equal(200, reply.status)
    local said = line()
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", said.time)
    assert.is_true(said.duration_us > 0)
    said.time, said.duration_us = nil, nil
    assert.same({ status = 200, method = "GET", path = "/me", address = "127.0.0.1", bytes = #reply.body, handler = "me",
      principal = "ada", request_id = reply.headers["x-request-id"], trace_id = trace }, said)
  end)

  it("has the lines that docs/operations.md shows", function()
    local shown = servers.read_file("docs/operations.md"):match '\n({"time":[^\n]*})\n'
    server = servers.start { folder = ".", seed = "tests/fixtures.sql", access_log = true, dev = false }
    token = server:login("ada@example.com", "ada-loves-engines")
    line()
    server:request("PATCH", "/users/01890000-0000-7000-8000-00000000000a", { token = token,
      json = { email = "bob@example.com", name = "Ada" },
      headers = { traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" } })
    local _, text = line()
    local function spelt(log) -- what is another one each time
      return (log:gsub('"time":"[%d:.TZ-]+"', '"time":""'):gsub('"duration_us":%d+', '"duration_us":0')
        :gsub('"request_id":"[%x-]+"', '"request_id":""'))
    end
    assert.equal(spelt(shown), spelt(text))
  end)

  it("has refusals, those of the parser as well", function()
    start()
    server:request("GET", "/me")
    assert.same({ 401, "unauthenticated", "me" }, (function(l) return { l.status, l.code, l.handler } end)(line()))
    server:request("PUT", "/me")
    assert.same({ 405, "method_not_allowed", nil }, (function(l) return { l.status, l.code, l.handler } end)(line()))
    server:request("HEAD", "/nothing")
    assert.same({ 404, "no_route", "HEAD", 0 }, (function(l) return { l.status, l.code, l.method, l.bytes } end)(line()))
    server:request("GET", "/me", { headers = { Expect = "miracles" } })
    local refused = line()
    assert.same({ 417, "expectation_failed", "127.0.0.1" }, { refused.status, refused.code, refused.address })
    local connection = server:connect()
    connection:send "\0"
    connection:receive()
    connection:close()
    refused = line()
    assert.same({ 400, "malformed", "127.0.0.1", nil, nil },
      { refused.status, refused.code, refused.address, refused.method, refused.path })
  end)

  it("tells no secrets", function()
    start()
    server:request("GET", "/me?token=secret-in-query",
      { headers = { Authorization = "Bearer secret-token", Cookie = "session=secret-cookie", Origin = "https://secret.example" } })
    local _, text = line()
    assert.is_nil(text:find "secret")
  end)

  it("has the trace id of a call that failed, as the log has", function()
    start()
    server:request("GET", "/fails", { token = token, headers = { traceparent = "00-" .. trace .. "-00f067aa0ba902b7-01" } })
    assert.same({ 500, "handler_failed", trace }, (function(l) return { l.status, l.code, l.trace_id } end)(line()))
    assert.truthy(server:log():find('"trace_id":"' .. trace .. '"', 1, true))
    server:request("GET", "/fails", { token = token, headers = { traceparent = "00-" .. other .. "-0000000000000000-01" } })
    assert.is_nil(line().trace_id)
    assert.is_nil(server:log():find(other, 1, true))
  end)

  it("does not hold the server up when nobody reads it", function()
    start()
    local connection = server:connect()
    for _ = 1, 2000 do assert.equal(404, connection:request("GET", "/" .. ("x"):rep(500)).status) end
    connection:close()
    local count, dropped = 0, 0
    while count + dropped < 2000 do
      local said = line()
      if said.dropped then dropped = dropped + said.dropped else count = count + 1 end
    end
    assert.equal(2000, count + dropped)
    assert.is_true(dropped > 0)
    assert.matches("lines of the access log dropped by now, as nobody takes them: 1", server:log(), 1, true)
  end)

  it("is left out where writ.json or the command line says so", function()
    for _, how in ipairs { { { access = false } }, { nil, "--no-access-log" } } do
      start(how[1], how[2])
      assert.equal(200, server:request("GET", "/me", { token = token }).status)
      os.execute("kill -TERM " .. server.pid)
      assert.equal("exit 0\n", server.stdout:read "a")
      server.stdout:close()
      server.ended = true
      remove()
    end
  end)

  it("says less where writ.json says so", function()
    start { level = "error" }
    server:request("GET", "/fails", { token = token })
    assert.equal(0, server:kill "TERM")
    local log = server:log()
    assert.truthy(log:find('"level":"error"', 1, true))
    assert.is_nil(log:find('"level":"info"', 1, true))
  end)
end)
