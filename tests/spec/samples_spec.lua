-- What pages show of contracts, policy, writ.json, queries, migrations and handlers, and do not write to a file of their
-- own: it loads, at the place where it is described, and nothing is found in it.
local samples = require "support.samples"

local shown = samples.all()

-- Blocks that no page shows, as samples.all gives them.
local function made_up(kind, section, texts)
  local blocks = {}
  for i, text in ipairs(texts) do
    blocks[i] = { kind = kind, section = section, text = text, language = "json", name = ("%s_%d"):format(kind, i),
      where = text }
  end
  return blocks
end

local function joined(a, b) return table.move(b, 1, #b, #a + 1, { table.unpack(a) }) end

describe("what pages show of an app", function()
  local parts = made_up("contract", "requires", {
    '"onws": { "user_id": "self" }',
    '"auth": "everybody"',
    '"scopes": [1]',
    '"owns": { "user_id": "nobodys.query" }',
    '"rules": [{ "query": "notes.gone", "error": "not_there" }]',
    '"rate_limit": [{ "limit": 5, "per": "1m", "by": ["input.nothing"] }]',
  })
  local handlers = made_up("handler", "", {
    "local note = ctx.db.notes.update(1)",
    "return inptu.title",
    "ctx.db.notes.create { slug = input.title, owner_id = input.title }",
  })
  local refused, findings

  setup(function() refused, findings = samples.load(joined(shown, joined(parts, handlers))) end)

  for _, block in ipairs(shown) do
    it(("loads: %s, %s %s"):format(block.where, block.section, block.part), function()
      assert.is_nil(refused[block.name])
    end)
  end

  it("gives an app in which nothing is wrong", function()
    assert.is_true(#shown > 45)
    local others = {}
    for file, said in pairs(findings) do
      if not file:match "^app/handlers/samples/handler_" then others[file] = said end
    end
    assert.same({}, others)
  end)

  it("would be caught showing something else", function()
    for _, block in ipairs(joined(parts, handlers)) do
      local handler = ("app/handlers/samples/%s.lua"):format(block.name)
      assert.truthy(refused[block.name] or findings[handler], block.text)
    end
  end)
end)

describe("a mistake would be caught", function()
  -- Each is made in the blocks of its kind, and then something is found in its file. (Queries whose group no contract
  -- says stand in that of "samples".)
  local function are_caught(mistakes)
    local whole = {}
    for _, block in ipairs(shown) do
      local mistake = mistakes[block.kind]
      local text = mistake and block.text:gsub(mistake.from, mistake.to) or block.text
      if mistake and text ~= block.text then mistake.made = true end
      if block.kind ~= "contract" and block.kind ~= "handler" then
        whole[#whole + 1] = setmetatable({ text = text }, { __index = block })
      end
    end
    local _, findings = samples.load(whole)
    for kind, mistake in pairs(mistakes) do
      assert.is_true(mistake.made, kind)
      assert.truthy(findings[mistake.file], kind)
    end
  end

  it("in a whole file, or a query", function()
    are_caught {
      writ = { file = "writ.json", from = '"127.0.0.1:8080"', to = "8080" },
      policy = { file = "contracts/policy.json", from = '"users.principal"', to = '"users.nobody"' },
      template = { file = "contracts/templates/signed_in.json", from = '"limits"', to = '"limit"' },
      query = { file = "contracts/queries/samples.sql", from = "WHERE email", to = "WHERE e_mail" },
    }
  end)

  it("in a migration", function()
    are_caught { migration = { file = "contracts/migrations/0001_samples.sql", from = "STRICT;", to = "STRIKT;" } }
  end)
end)
