local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("gives {{an_item}}", function()
    {{setup}}
    local reply = {{caller}}:get "{{path_of_one}}"
    assert.status(200, reply)
    assert.equal({{lua_id}}, reply.json.{{key}})
  end)

  it("gives none that is not there", function()
    assert.problem("{{problem}}", {{caller}}:get "{{path_of_none}}")
  end)
end)
