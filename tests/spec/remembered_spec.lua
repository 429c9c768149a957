-- Who stands behind a token is remembered from one request to the next, and forgotten at once when it changes: by this
-- server, by another one on the same database, by a program that knows nothing of Writ.
local servers = require "support.server"

describe("what is remembered of a token", function()
  local one, two, ada, admin, data

  before_each(function()
    data = servers.capture("mktemp -d"):gsub("%s+$", "")
    one = servers.start { folder = ".", seed = "tests/fixtures.sql", data = data }
    two = servers.start { folder = ".", data = data }
    ada = one:login("ada@example.com", "ada-loves-engines")
    admin = one:login("root@example.com", "root-reads-audits")
    for _, server in ipairs { one, two, one, two } do -- remembered by both
      assert.equal(200, server:request("GET", "/me", { token = ada }).status)
      assert.equal(200, server:request("GET", "/users", { token = admin }).status)
    end
  end)

  after_each(function()
    assert.equal(0, one:stop())
    assert.equal(0, two:stop())
    os.execute("rm -rf " .. data)
  end)

  local function id_of(token) return one:request("GET", "/me", { token = token }).json.id end

  for where, server in pairs { ["this server"] = function() return one end, ["another server"] = function() return two end } do
    it("ends with the session, ended on " .. where, function()
      assert.equal(204, server():request("POST", "/logout", { token = ada }).status)
      assert.equal(401, one:request("GET", "/me", { token = ada }).status)
      assert.equal(401, two:request("GET", "/me", { token = ada }).status)
    end)

    it("ends with the person, deleted on " .. where, function()
      local id = id_of(ada)
      one:execute "DELETE FROM transfers; DELETE FROM accounts"
      assert.equal(200, one:request("GET", "/me", { token = ada }).status)
      assert.equal(200, two:request("GET", "/me", { token = ada }).status)
      assert.equal(204, server():request("DELETE", "/users/" .. id, { token = admin }).status)
      assert.equal(401, one:request("GET", "/me", { token = ada }).status)
      assert.equal(401, two:request("GET", "/me", { token = ada }).status)
    end)

    it("changes with the role, given on " .. where, function()
      local id = id_of(ada)
      assert.equal(403, one:request("GET", "/users", { token = ada }).status)
      assert.equal(403, two:request("GET", "/users", { token = ada }).status)
      local reply = server():request("PUT", "/users/" .. id .. "/role", { token = admin, json = { role = "admin" } })
      assert.equal(200, reply.status, reply.body)
      assert.equal(200, one:request("GET", "/users", { token = ada }).status)
      assert.equal(200, two:request("GET", "/users", { token = ada }).status)
    end)
  end

  it("is not believed when another program has written", function()
    one:execute "UPDATE users SET role = 'user' WHERE email = 'root@example.com'"
    assert.equal(403, one:request("GET", "/users", { token = admin }).status)
    assert.equal(403, two:request("GET", "/users", { token = admin }).status)

    assert.equal(403, one:request("GET", "/users", { token = ada }).status)
    assert.equal(403, two:request("GET", "/users", { token = ada }).status)
    one:execute "UPDATE users SET role = 'admin' WHERE email = 'ada@example.com'"
    local public = { json = { email = "new@example.com", name = "New", password = "new-loves-novelties" } }
    assert.equal(201, two:request("POST", "/users", public).status) -- which looks at nobody's session
    assert.equal(200, one:request("GET", "/users", { token = ada }).status)
    assert.equal(200, two:request("GET", "/users", { token = ada }).status)

    one:execute "DELETE FROM writ_session"
    assert.equal(401, two:request("GET", "/me", { token = ada }).status)
    assert.equal(401, one:request("GET", "/me", { token = ada }).status)
  end)
end)
