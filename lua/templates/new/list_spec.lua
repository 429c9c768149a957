local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("lists {{items}}", function()
    {{setup}}
    local reply = {{caller}}:get "{{path}}"
    assert.status(200, reply)
    {{lists}}
  end)
end)
