-- docs/contract.md has an entry for each keyword of the schemas that the host reads contracts, policy and writ.json by, and
-- names each way in which a request can be refused.
local servers = require "support.server"
local json = require "cjson"

local page = servers.read_file "docs/contract.md"

local function schema(name) return json.decode(servers.read_file(("contracts/%s.schema.json"):format(name))) end

-- The text below a heading of the second level.
local function section(heading)
  local from = assert(page:find("\n## " .. heading .. "\n", 1, true), heading)
  return page:sub(from + 1, (page:find("\n## ", from + 1, true)))
end

-- What matches, in order of the alphabet, as one text: it differs where lists do.
local function list(text, pattern)
  local found = {}
  for name in text:gmatch(pattern) do found[#found + 1] = name end
  table.sort(found)
  return table.concat(found, " ")
end

-- The members of an object that a schema describes, the same way, but for those left out.
local function members(object, ...)
  local found, out = {}, { ["$schema"] = true }
  for _, name in ipairs { ... } do out[name] = true end
  for name in pairs(object.properties) do
    if not out[name] then found[#found + 1] = name end
  end
  table.sort(found)
  return table.concat(found, " ")
end

describe("the reference", function()
  local contract, policy, writ = schema "contract", schema "policy", schema "writ"

  it("lists the keywords of a contract", function()
    local keywords = page:match "\n| keyword | says | |\n(.-)\n\n"
    assert.equal(members(contract), list("\n" .. keywords, "\n| %[`([%l_]+)`%]"))
  end)

  it("has a heading for each of its requirements, grants and guarantees", function()
    for _, part in ipairs { "requires", "uses", "ensures" } do
      -- `reason` is told with `auth`, which it belongs to.
      assert.equal(members(contract["$defs"][part], "reason"), list(section(part), "\n### ([%l_]+)\n"))
    end
  end)

  it("lists the members of policy.json, and of a table in it", function()
    local text = section "policy.json"
    assert.equal(members(policy), list(text, "\n%- `([%l_]+)`"))
    assert.equal(members(policy["$defs"].table, "in"), list(text, "\n  %- `([%l_]+)`")) -- `in` is told with `owner`
  end)

  it("lists the members of writ.json, and names what is in them", function()
    local text = section "writ.json"
    assert.equal(members(writ), list("\n" .. text:match "\n| key | says | if absent |\n(.-)\n\n", "\n| `([%l_]+)`"))
    for name, member in pairs(writ.properties) do
      for inner in pairs(member.properties or {}) do
        assert.truthy(text:find("`" .. inner .. "`", 1, true), ("%s.%s"):format(name, inner))
      end
    end
  end)

  it("names every way in which the host refuses, with the status, and those that may be given another", function()
    local rows, statuses = section "denials", {}
    for code, status in rows:gmatch "\n| `([%l_]+)` | (%d+) |" do statuses[code] = status end
    local others = servers.read_file "docs/handler.md" .. rows
    for code, status in servers.read_file "runtime/contract/denial.h":gmatch 'X%([%u_]+, "([%l_]+)", (%d+),' do
      assert.truthy(others:find("`" .. code .. "`", 1, true), code)
      if statuses[code] then assert.equal(status, statuses[code], code) end
    end
    local codes = table.concat(contract["$defs"].denials.propertyNames.enum, "` `")
    assert.equal(list(" `" .. codes .. "`", "`([%l_]+)`"), list(rows, "\n| `([%l_]+)` |"))
  end)
end)
