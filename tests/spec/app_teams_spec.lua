-- tests/apps/teams: what somebody may do depends on their role in the very team that is asked for.
local apps = require "support.app"

local id = apps.id
local ada, bob, carl, dora = id "a", id "b", id "c", id "d"
local engine, bridge = "/teams/" .. id "e1", "/teams/" .. id "e2"
local plan, tubes = "/documents/" .. id "d1", "/documents/" .. id "d2"

describe("teams", function()
  local app

  before_each(function() app = apps.start "teams" end)
  after_each(function() app:stop() end)

  local function member(user) return engine .. "/members/" .. user end
  local text = { title = "New", body = "Text" }

  it("are made by anybody, who then owns them", function()
    local team = app:ok(201, "POST", "/teams", "carl", { name = " Loom " })
    assert.equal("Loom", team.name)
    assert.same({ { user_id = carl, name = "Carl", role = "owner" } },
      app:ok(200, "GET", "/teams/" .. team.id .. "/members", "carl").members)
    assert.same({ { id = id "e1", name = "Engine", role = "reader" }, { id = team.id, name = "Loom", role = "owner" } },
      app:ok(200, "GET", "/teams", "carl").teams)
    app:refused(404, "not_found", "GET", "/teams/" .. team.id .. "/members", "ada")
  end)

  it("show their members and documents to their members", function()
    for _, user in ipairs { "ada", "bob", "carl" } do
      assert.equal(3, #app:ok(200, "GET", engine .. "/members", user).members)
      assert.equal("Plan", app:ok(200, "GET", engine .. "/documents", user).documents[1].title)
      assert.equal("Weave.", app:ok(200, "GET", plan, user).body)
    end
  end)

  it("do not exist for others", function()
    for _, path in ipairs { engine .. "/members", engine .. "/documents", plan, "/teams/" .. id "ff" .. "/members" } do
      app:refused(404, "not_found", "GET", path, "dora")
      app:refused(401, "unauthenticated", "GET", path)
    end
    app:refused(404, "not_found", "PUT", plan, "dora", text)
    app:refused(404, "not_found", "POST", engine .. "/documents", "dora", text)
    app:refused(404, "not_found", "POST", engine .. "/leave", "dora")
    app:refused(404, "not_found", "PUT", member(dora), "dora", { role = "owner" })
    app:refused(401, "unauthenticated", "POST", "/teams", nil, { name = "Mine" })
    app:refused(401, "unauthenticated", "GET", "/teams")
  end)

  describe("have documents", function()
    it("that owners and editors write", function()
      for _, user in ipairs { "ada", "bob" } do
        app:ok(201, "POST", engine .. "/documents", user, text)
        assert.equal(user == "ada" and ada or bob, app:ok(200, "PUT", plan, user, text).changed_by)
      end
    end)

    it("that readers only read", function()
      app:refused(404, "not_found", "POST", engine .. "/documents", "carl", text)
      app:refused(404, "not_found", "PUT", plan, "carl", text)
    end)

    it("that nobody moves to another team or signs for others", function()
      app:invalid("team_id", "PUT", plan, "bob", { title = "New", body = "Text", team_id = id "e2" })
      app:invalid("changed_by", "PUT", plan, "bob", { title = "New", body = "Text", changed_by = ada })
      app:refused(404, "not_found", "PUT", tubes, "bob", text)
      app:refused(400, "malformed", "POST", engine .. "/documents", "bob",
        { team_id = id "e2", title = "New", body = "Text" })
    end)

    it("of a certain shape", function()
      app:invalid("title", "PUT", plan, "bob", { title = " ", body = "Text" })
      app:invalid("body", "PUT", plan, "bob", { title = "New", body = ("x"):rep(20001) })
      app:invalid("body", "PUT", plan, "bob", { title = "New" })
    end)
  end)

  describe("take members", function()
    it("from their owners, with a role that counts at once", function()
      app:ok(204, "PUT", member(dora), "ada", { role = "reader" })
      app:ok(200, "GET", plan, "dora")
      app:refused(404, "not_found", "PUT", plan, "dora", text)
      app:ok(204, "PUT", member(dora), "ada", { role = "editor" })
      app:ok(204, "PUT", member(dora), "ada", { role = "editor" })
      app:ok(200, "PUT", plan, "dora", text)
      app:ok(204, "DELETE", member(dora), "ada")
      app:refused(404, "not_found", "GET", plan, "dora")
      app:refused(404, "no_such_member", "DELETE", member(dora), "ada")
    end)

    it("from nobody else", function()
      for _, user in ipairs { "bob", "carl" } do
        app:refused(404, "not_found", "PUT", member(dora), user, { role = "reader" })
        app:refused(404, "not_found", "DELETE", member(ada), user)
      end
      app:refused(404, "not_found", "PUT", member(bob), "bob", { role = "owner" })
      app:refused(401, "unauthenticated", "PUT", member(dora), nil, { role = "reader" })
      app:refused(401, "unauthenticated", "DELETE", member(bob))
    end)

    it("who are users, in a role that there is", function()
      app:refused(404, "no_such_user", "PUT", member(id "ff"), "ada", { role = "reader" })
      app:invalid("role", "PUT", member(dora), "ada", { role = "king" })
      app:invalid("role", "PUT", member(dora), "ada", "{}")
      app:invalid("user_id", "PUT", member "dora", "ada", { role = "reader" })
      app:invalid("name", "POST", "/teams", "ada", { name = "" })
    end)
  end)

  describe("lose members", function()
    it("who leave", function()
      app:ok(204, "POST", engine .. "/leave", "bob")
      app:refused(404, "not_found", "POST", engine .. "/leave", "bob")
      app:refused(404, "not_found", "PUT", plan, "bob", text)
    end)

    it("but not their last owner", function()
      app:refused(409, "last_owner", "POST", engine .. "/leave", "ada")
      app:refused(409, "last_owner", "DELETE", member(ada), "ada")
      app:refused(409, "last_owner", "PUT", member(ada), "ada", { role = "editor" })
      app:refused(404, "not_found", "POST", bridge .. "/leave", "ada")
      app:ok(204, "PUT", member(bob), "ada", { role = "owner" })
      app:ok(204, "POST", engine .. "/leave", "ada")
      app:refused(409, "last_owner", "POST", engine .. "/leave", "bob")
    end)
  end)
end)
