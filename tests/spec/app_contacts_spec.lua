-- tests/apps/contacts: a PATCH changes the fields that were sent, clears those sent as null, and keeps the others.
local apps = require "support.app"

local id, null = apps.id, apps.null
local charles, mary, isambard = "/contacts/" .. id "a1", "/contacts/" .. id "a2", "/contacts/" .. id "b1"

describe("contacts", function()
  local app

  before_each(function() app = apps.start "contacts" end)
  after_each(function() app:stop() end)

  local function patch(body) return app:ok(200, "PATCH", charles, "ada", body) end

  it("change in the fields that are sent", function()
    local expected = { id = id "a1", name = "Charles", phone = "+442071234567", birthday = "1791-12-26",
      favourite = true, version = 1 }
    local function becomes(body, change)
      for name, value in pairs(change) do expected[name] = value end
      expected.version = expected.version + 1
      assert.same(expected, patch(body))
    end
    becomes({ name = " Charles Babbage " }, { name = "Charles Babbage" })
    becomes({ phone = null }, { phone = null })
    becomes({ favourite = false }, { favourite = false })
    becomes({ birthday = null, phone = "+442071", favourite = true },
      { birthday = null, phone = "+442071", favourite = true })
    assert.same(expected, app:ok(200, "GET", "/contacts", "ada").contacts[1])
  end)

  it("are created with what is known of them", function()
    local contact = app:ok(201, "POST", "/contacts", "bob", { name = "Sophia" })
    assert.same({ "Sophia", null, null, false },
      { contact.name, contact.phone, contact.birthday, contact.favourite })
    contact = app:ok(201, "POST", "/contacts", "bob", { name = "Marc", birthday = "1769-04-25", favourite = true })
    assert.same({ "1769-04-25", true }, { contact.birthday, contact.favourite })
    local names = {}
    for i, each in ipairs(app:ok(200, "GET", "/contacts", "bob").contacts) do names[i] = each.name end
    assert.same({ "Marc", "Isambard", "Sophia" }, names)
  end)

  it("have one name each, per user", function()
    app:refused(409, "name_taken", "PATCH", charles, "ada", { name = "Mary", phone = "+123456" })
    app:refused(409, "name_taken", "POST", "/contacts", "ada", { name = "Mary" })
    app:ok(201, "POST", "/contacts", "bob", { name = "Mary" })
  end)

  it("do not lose what somebody else has changed meanwhile", function()
    local change = { name = "Babbage", version = 1 }
    assert.equal(2, patch(change).version)
    app:refused(409, "changed_meanwhile", "PATCH", charles, "ada", change)
    assert.equal(3, patch({ name = "Charles", version = 2 }).version)
  end)

  it("are their owner's", function()
    app:refused(404, "not_found", "PATCH", isambard, "ada", { name = "Mine" })
    app:refused(404, "not_found", "PATCH", "/contacts/" .. id "ff", "ada", { name = "Nobody's" })
    app:refused(401, "unauthenticated", "PATCH", charles, nil, { name = "Who" })
    app:refused(401, "unauthenticated", "GET", "/contacts")
    app:refused(401, "unauthenticated", "POST", "/contacts", nil, { name = "Who" })
    assert.equal(2, #app:ok(200, "GET", "/contacts", "ada").contacts)
  end)

  it("refuse fields of another shape", function()
    local function invalid(pointer, body) app:invalid(pointer, "PATCH", mary, "ada", body) end
    invalid("name", { name = null })
    invalid("name", '{"name":"  "}')
    invalid("name", { name = ("x"):rep(101) })
    invalid("phone", { phone = "call me" })
    invalid("phone", { phone = 44207 })
    invalid("birthday", { birthday = "1815-02-30" })
    invalid("favourite", { favourite = 1 })
    invalid("favourite", { favourite = null })
    invalid("version", { name = "Mary", version = 0 })
    invalid("owner_id", { name = "Mary", owner_id = id "b" })
    invalid("id", { name = "Mary", id = id "b1" })
    app:invalid("name", "POST", "/contacts", "ada", "{}")
    app:refused(400, "malformed", "PATCH", mary, "ada", '{"name":"a","name":"b"}')
    app:refused(400, "malformed", "PATCH", mary, "ada", { contact_id = id "b1", name = "x" })
    app:refused(422, "invalid_input", "PATCH", mary, "ada", "{}")
    app:refused(422, "invalid_input", "PATCH", mary, "ada", { version = 1 })
  end)
end)
