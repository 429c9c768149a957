-- What these routes are for. Who may not, and what may not come in, `writ test` tries by itself.
local testing = require "writ.testing"

local ada_done, ada_open = "01890000-0000-7000-8000-0000000000a1", "01890000-0000-7000-8000-0000000000a2"
local bobs = "01890000-0000-7000-8000-0000000000b1"

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
    local reply = ada:get "/tasks"
    assert.status(200, reply)
    assert.same({ ada_done, ada_open }, { reply.json.tasks[1].id, reply.json.tasks[2].id })
    assert.equal(2, #reply.json.tasks)

    local open = ada:get "/tasks?done=false"
    assert.equal(1, #open.json.tasks)
    assert.equal(ada_open, open.json.tasks[1].id)
  end)

  it("are listed in pages", function()
    app:rows [[
      WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
      INSERT INTO tasks (id, owner_id, title, created_at)
      SELECT '01890000-0000-7000-8000-000000000' || i, '01890000-0000-7000-8000-00000000000a', 'Task', 0 FROM n
    ]]
    local first = ada:get "/tasks"
    assert.equal(50, #first.json.tasks)
    local rest = ada:get("/tasks?after=" .. first.json.next)
    assert.equal(3, #rest.json.tasks)
    assert.is_nil(rest.json.next)
  end)

  it("change only where one says so", function()
    local reply = ada:patch("/tasks/" .. ada_open, { done = true })
    assert.status(200, reply)
    assert.is_true(reply.json.done)
    assert.equal("Write Note G", reply.json.title)
    assert.equal("2026-05-01", reply.json.due)
  end)

  it("are deleted, and gone", function()
    assert.status(204, ada:delete("/tasks/" .. ada_done))
    assert.problem("not_found", ada:get("/tasks/" .. ada_done))
  end)

  it("are nobody else's business", function()
    assert.problem("not_found", ada:get("/tasks/" .. bobs))
    assert.problem("not_found", ada:patch("/tasks/" .. bobs, { done = true }))
    assert.same({ { done = 0 } }, app:rows("SELECT done FROM tasks WHERE id = ?", { bobs }))
  end)
end)
