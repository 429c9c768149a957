-- What the example's users can do: the specs of an app, in process (docs/testing.md).
local testing = require "writ.testing"

describe("users", function()
  local app = testing.app "."
  local ada, bob, root = app:as "ada", app:as "bob", app:as "root"

  it("change their own profile", function()
    local reply = ada:patch("/users/" .. ada.id, { email = " Ada@Example.com ", name = "Ada King" })
    assert.status(200, reply)
    assert.equal("ada@example.com", reply.json.email)
    assert.rows({ { name = "Ada King" } }, app, "SELECT name FROM users WHERE id = ?", ada.id)
    assert.audited("profile_update", app, { principal_id = ada.id })
  end)

  it("find everything as it was", function()
    assert.equal("Ada Lovelace", ada:get("/me").json.name)
    assert.same({}, app:audit())
  end)

  it("cannot take an address that is taken", function()
    assert.problem("email_taken", ada:patch("/users/" .. ada.id, { email = "bob@example.com", name = "Ada" }))
    assert.audited("profile_update", app, { outcome = "denied", reason = "email_taken" })
    assert.is_not.audited("profile_update", app)
  end)

  it("are nobody to others, and need to be somebody", function()
    assert.problem("not_found", bob:patch("/users/" .. ada.id, { email = "eve@example.com", name = "Eve" }))
    assert.status(401, app:get "/me")
    assert.equal(root.id, root:get("/me").json.id)
  end)

  it("log in with their password, and are who the token says", function()
    local reply = app:post("/login", { email = "ada@example.com", password = ada.password })
    assert.status(200, reply)
    assert.equal(ada.id, app:bearer(reply.json.token):get("/me").json.id)
  end)

  it("do not change their profile all the time", function()
    local function change() return ada:patch("/users/" .. ada.id, { email = "ada@example.com", name = "Ada" }) end
    for _ = 1, 5 do assert.status(200, change()) end
    local reply = change()
    assert.problem("rate_limited", reply)
    app:advance(reply.headers["Retry-After"] .. "s")
    assert.status(200, change())
  end)
end)
