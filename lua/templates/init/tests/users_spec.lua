local testing = require "writ.testing"

describe("users", function()
  local app = testing.app "."
  local eve = { email = " Eve@Example.com", name = "Eve", password = "eve-eats-apples" }

  it("register, and are signed in", function()
    local reply = app:post("/users", eve)
    assert.status(201, reply)
    assert.equal("eve@example.com", reply.json.email)
    assert.equal("user", reply.json.role)
    assert.status(200, app:bearer(reply.json.token):get "/tasks")
    assert.audited("user_registered", app)
  end)

  it("register once", function()
    assert.status(201, app:post("/users", eve))
    assert.problem("email_taken", app:post("/users", eve))
  end)

  it("log in and out", function()
    local ada = app:as "ada"
    local reply = app:post("/login", { email = "ada@example.com", password = ada.password })
    assert.status(200, reply)
    local session = app:bearer(reply.json.token)
    assert.status(204, session:post("/logout", {}))
    assert.problem("unauthenticated", session:get "/tasks")
  end)

  it("do not log in with another password", function()
    assert.problem("wrong_credentials", app:post("/login", { email = "ada@example.com", password = "guess" }))
  end)
end)
