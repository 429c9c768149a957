local testing = require "writ.testing"

describe("{{items}}", function()
  local app = testing.app "."
  local {{person}}, {{other}} = app:as "{{person}}", app:as "{{other}}"

  local function create()
    local reply = {{person}}:post("{{path}}", {{lua_example}})
    assert.status(201, reply)
    return reply.json
  end

  it("are created, listed and read by whom they belong to", function()
    local before = #{{person}}:get("{{path}}").json.{{table}}
    local {{item}} = create()
    assert.audited("{{item}}_created", app)
    assert.same({{item}}, {{person}}:get("{{path}}/" .. {{item}}.{{key}}).json)
    assert.equal(before + 1, #{{person}}:get("{{path}}").json.{{table}})
  end)

  it("change", function()
    local {{item}} = create()
    local reply = {{person}}:patch("{{path}}/" .. {{item}}.{{key}}, {{lua_change}})
    assert.status(200, reply)
    assert.same({{item}}, reply.json)
    assert.audited("{{item}}_updated", app)
  end)

  it("are deleted, and gone", function()
    local {{item}} = create()
    assert.status(204, {{person}}:delete("{{path}}/" .. {{item}}.{{key}}))
    assert.problem("not_found", {{person}}:get("{{path}}/" .. {{item}}.{{key}}))
  end)

  it("are nobody else's business", function()
    local before = #{{other}}:get("{{path}}").json.{{table}}
    local {{item}} = create()
    assert.equal(before, #{{other}}:get("{{path}}").json.{{table}})
    assert.problem("not_found", {{other}}:get("{{path}}/" .. {{item}}.{{key}}))
    assert.problem("not_found", {{other}}:delete("{{path}}/" .. {{item}}.{{key}}))
  end)
end)
