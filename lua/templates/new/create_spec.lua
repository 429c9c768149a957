local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("creates {{an_item}}", function()
    local reply = app:as("{{person}}"):post("{{path}}", {{lua_example}})
    assert.status(201, reply)
    assert.audited("{{item}}_created", app)
  end)
end)
