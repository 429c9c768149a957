-- tests/apps/papers: what was deleted is nowhere but in its owner's bin, and can be restored for thirty days.
local apps = require "support.app"

local id = apps.id
local essay, report = "/papers/" .. id "a1", "/papers/" .. id "b1"

local function restore(paper) return "/bin/" .. paper:match "[^/]+$" .. "/restore" end

describe("papers", function()
  local app

  before_each(function() app = apps.start "papers" end)
  after_each(function() app:stop() end)

  local function titles(path, user)
    local list = {}
    for i, paper in ipairs(app:ok(200, "GET", path, user).papers) do list[i] = paper.title end
    return list
  end

  it("are read until they are deleted", function()
    assert.same({ id = id "a1", title = "Essay" }, app:ok(200, "GET", essay, "ada"))
    app:ok(204, "DELETE", essay, "ada")
    app:refused(404, "not_found", "GET", essay, "ada")
    app:refused(404, "not_found", "DELETE", essay, "ada")
    assert.same({}, titles("/papers", "ada"))
    assert.same({ "Essay", "Draft" }, titles("/bin", "ada"))
    assert.equal(1, app:value(("SELECT count(*) FROM papers WHERE id = '%s'"):format(id "a1")))
  end)

  it("come back from the bin", function()
    app:ok(204, "DELETE", essay, "ada")
    assert.equal("Essay", app:ok(200, "POST", restore(essay), "ada").title)
    app:refused(404, "not_found", "POST", restore(essay), "ada")
    assert.same({ "Essay" }, titles("/papers", "ada"))
    assert.same({ "Draft" }, titles("/bin", "ada"))
  end)

  it("do not come back after thirty days", function()
    app:refused(410, "too_late", "POST", restore(id "a2"), "ada")
    assert.equal("Memo", app:ok(200, "POST", restore(id "b2"), "bob").title)
  end)

  it("leave their title to others while they are in the bin", function()
    app:refused(409, "title_taken", "POST", "/papers", "ada", { title = "Essay" })
    app:ok(204, "DELETE", essay, "ada")
    app:ok(201, "POST", "/papers", "ada", { title = " Essay " })
    app:refused(409, "title_taken", "POST", restore(essay), "ada")
  end)

  it("are destroyed by an admin, when they have been there for thirty days", function()
    app:ok(204, "DELETE", essay, "ada")
    app:refused(403, "forbidden", "DELETE", "/bin", "ada")
    app:refused(401, "unauthenticated", "DELETE", "/bin")
    assert.equal(1, app:ok(200, "DELETE", "/bin", "root").purged)
    assert.equal(0, app:ok(200, "DELETE", "/bin", "root").purged)
    assert.same({ "Essay" }, titles("/bin", "ada"))
    assert.same({ "Memo" }, titles("/bin", "bob"))
    assert.same({ "Report" }, titles("/papers", "bob"))
  end)

  it("are their owner's, in the bin as well", function()
    app:refused(404, "not_found", "GET", report, "ada")
    app:refused(404, "not_found", "DELETE", report, "ada")
    app:ok(204, "DELETE", report, "bob")
    app:refused(404, "not_found", "POST", restore(report), "ada")
    app:refused(404, "not_found", "POST", restore(id "ff"), "ada")
    assert.same({ "Draft" }, titles("/bin", "ada"))
    app:refused(401, "unauthenticated", "POST", restore(report))
    app:refused(401, "unauthenticated", "GET", "/bin")
    app:refused(401, "unauthenticated", "GET", essay)
    app:refused(401, "unauthenticated", "DELETE", essay)
  end)

  it("have a title and nothing else", function()
    app:invalid("title", "POST", "/papers", "ada", { title = " " })
    app:invalid("title", "POST", "/papers", "ada", { title = ("x"):rep(201) })
    app:invalid("title", "POST", "/papers", "ada", { title = 1 })
    app:invalid("deleted_at", "POST", "/papers", "ada", { title = "x", deleted_at = 1 })
    app:invalid("deleted_at", "GET", "/papers?deleted_at=1", "ada")
    app:invalid("paper_id", "GET", "/papers/1", "ada")
  end)
end)
