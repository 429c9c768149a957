local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("deletes {{an_item}}", function()
    {{setup}}
    assert.status(204, {{caller}}:delete "{{path_of_one}}")
    assert.audited("{{item}}_deleted", app)
    assert.same({}, app:rows "SELECT {{key}} FROM {{table}} WHERE {{key}} = {{sql_id}}")
  end)

  it("deletes none that is not there", function()
    assert.problem("{{problem}}", {{caller}}:delete "{{path_of_none}}")
  end)
end)
