-- Ordinary Lua works unchanged: each script of tests/ordinary gives the same in a handler as in Lua itself, which
-- runs this spec. They return lists of strings, numbers and booleans, and tell integers from floats in text.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local scripts = {}
for path in servers.capture "ls tests/ordinary/*.lua":gmatch "%S+" do
  local text = servers.read_file(path)
  scripts[#scripts + 1] = { name = path:match "([%w_]+)%.lua$", path = path, text = text, purpose = text:match "^%-%- (.-)\n" }
end

local function contract(name)
  return json.encode {
    summary = "It is ordinary",
    route = "GET /" .. name,
    requires = { auth = "public", reason = "It is tested", validates = { type = "object", properties = {} } },
    ensures = { returns = { type = "array", items = { type = { "string", "number", "boolean" } } } },
    limits = { time = "5s" }, -- not the subject here
  }
end

-- Numbers as JSON has them: 17 digits tell every double from every other, and 3.0 is 3.
local function plain(value)
  return type(value) == "number" and ("%.17g"):format(value) or value
end

describe("ordinary Lua", function()
  local server, remove

  setup(function()
    local files, path = {}
    for _, script in ipairs(scripts) do
      files["contracts/" .. script.name .. ".json"] = contract(script.name)
      files["app/handlers/" .. script.name .. ".lua"] = script.text
    end
    path, remove = folder.make(files)
    server = servers.start { folder = path }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  it("is many scripts", function() assert.is_true(#scripts >= 30) end)

  for _, script in ipairs(scripts) do
    it(script.name .. ": " .. script.purpose, function()
      local expected = dofile(script.path)({}, {})
      local reply = server:request("GET", "/" .. script.name)
      assert.equal(200, reply.status, reply.body)
      assert.is_true(#expected > 2)
      assert.equal(#expected, #reply.json)
      for i, value in ipairs(expected) do assert.equal(plain(value), plain(reply.json[i]), "result " .. i) end
    end)
  end
end)
