-- What these routes are for. Who may not, and what may not come in, `writ test` tries by itself.
local testing = require "writ.testing"

local done, open, bobs = -- of the fixtures
  "01890000-0000-7000-8000-0000000000a1",
  "01890000-0000-7000-8000-0000000000a2",
  "01890000-0000-7000-8000-0000000000b1"

describe("tasks", function()
  local app = testing.app "."
  local ada = app:as "ada"

  it("are written down", function()
    local reply = ada:post("/tasks", { title = "  Water the plants ", due = "2026-06-01" })
    assert.status(201, reply)
    assert.equal("Water the plants", reply.json.title)
    assert.is_false(reply.json.done)
    assert.audited("task_created", app)
  end)

  it("are listed: one's own, and of these the open ones", function()
    local all = ada:get "/tasks"
    assert.status(200, all)
    assert.equal(2, #all.json.tasks)
    assert.equal(done, all.json.tasks[1].id)

    local rest = ada:get("/tasks", { query = { done = false } })
    assert.equal(1, #rest.json.tasks)
    assert.equal(open, rest.json.tasks[1].id)
  end)

  it("are listed in pages", function()
    app:rows([[
      WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
      INSERT INTO tasks (id, owner_id, title, created_at)
      SELECT '01890000-0000-7000-8000-000000000' || i, ?, 'Task ' || i, 0 FROM n
    ]], ada.id)
    local first = ada:get "/tasks"
    assert.equal(50, #first.json.tasks)
    local second = ada:get("/tasks", { query = { after = first.json.next } })
    assert.equal(3, #second.json.tasks)
    assert.is_nil(second.json.next)
  end)

  it("change only where one says so", function()
    local reply = ada:patch("/tasks/" .. open, { done = true })
    assert.status(200, reply)
    assert.is_true(reply.json.done)
    assert.equal("Write Note G", reply.json.title)
    assert.equal("2026-05-01", reply.json.due)
    assert.audited("task_updated", app)
  end)

  it("are deleted, and gone", function()
    assert.status(204, ada:delete("/tasks/" .. done))
    assert.problem("not_found", ada:get("/tasks/" .. done))
  end)

  it("are nobody else's business", function()
    assert.problem("not_found", ada:get("/tasks/" .. bobs))
    assert.problem("not_found", ada:patch("/tasks/" .. bobs, { done = true }))
    assert.rows({ { done = 0 } }, app, "SELECT done FROM tasks WHERE id = ?", bobs)
  end)
end)
