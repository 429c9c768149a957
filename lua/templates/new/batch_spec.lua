local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("creates {{items}}", function()
    local item = {{lua_example}}
    local reply = app:as("{{person}}"):post("{{path}}", { item })
    assert.status(201, reply)
    assert.equal(1, reply.json.created)
    assert.audited("{{table}}_created", app)
  end)
end)
