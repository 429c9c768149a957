local testing = require "writ.testing"

describe("{{route}}", function()
  local app = testing.app "."

  it("lets nobody in who is not known", function()
    local reply = app:post("{{path}}", { {{login}} = {{login_example}}, password = "nobody-has-this-one" })
    assert.problem("wrong_credentials", reply)
  end)
end)
