local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("changes {{an_item}}", function()
    {{setup}}
    local reply = {{caller}}:patch("{{path_of_one}}", {{lua_change}})
    assert.status(200, reply)
    assert.audited("{{item}}_updated", app)
  end)

  it("changes none that is not there", function()
    assert.problem("{{problem}}", {{caller}}:patch("{{path_of_none}}", {{lua_change}}))
  end)
end)
