-- What `writ check` says of handlers: those of tests/advice, with what is expected beside them.
local servers = require "support.server"
local folders = require "support.folder"
local json = require "cjson"

local folder = "tests/advice"

-- { file, title, contract, text, expected }; expected: list of { line, text }, text being "column severity code: …"
local cases = {}

local function read_cases(file)
  local case, code_line
  for line in servers.read_file(folder .. "/" .. file .. ".lua"):gmatch "(.-)\n" do
    local contract, title = line:match "^%-%-%-%- ([%w_]+): (.*)$"
    if contract then
      case = { file = file, title = title, contract = contract, lines = {}, expected = {} }
      cases[#cases + 1] = case
    elseif case then
      table.insert(case.lines, line)
      if not line:match "^%s*%-%->" then code_line = #case.lines end
      local expected = line:match "%-%-> (.*)$"
      if expected then table.insert(case.expected, { line = code_line, text = expected }) end
    end
  end
end

for path in servers.capture("ls " .. folder .. "/*.lua"):gmatch "%S+" do read_cases(path:match "([%w_]+)%.lua$") end

local function write(path, text)
  os.execute(("mkdir -p '%s'"):format(path:match "^(.*)/"))
  servers.write_file(path, text)
end

describe("advice", function()
  local found = {} -- lists of findings, by case
  local in_vain = {} -- cases of grants.lua: all other contracts grant more than a case needs

  setup(function()
    local app = servers.capture("mktemp -d"):gsub("%s+$", "")
    os.execute(("cp -r %s/contracts %s && mkdir %s/app && cp -r %s/lib %s/app"):format(folder, app, app, folder, app))
    for _, case in ipairs(cases) do os.remove(("%s/contracts/%s.json"):format(app, case.contract)) end
    write(app .. "/app/lib/careless.lua", "return { count = function()\n  calls = 1\n  return 1\nend }\n")
    for number, case in ipairs(cases) do
      case.name = ("c%03d"):format(number)
      in_vain[("app/handlers/%s.lua"):format(case.name)] = case.file == "grants"
      local contract = servers.read_file(folder .. "/contracts/" .. case.contract .. ".json")
      local route = json.decode(contract).route
      contract = contract:gsub('"route": "[^"]*"', function() return ('"route": "%s/%s"'):format(route, case.name) end)
      write(("%s/contracts/%s.json"):format(app, case.name), contract)
      write(("%s/app/handlers/%s.lua"):format(app, case.name), table.concat(case.lines, "\n") .. "\n")
    end
    local out, err = servers.run("check --no-luacheck --json " .. app)
    assert.equal("", err)
    os.execute("rm -rf " .. app)
    for _, finding in ipairs(json.decode(out).findings) do
      local list = found[finding.file] or {}
      found[finding.file] = list
      if finding.code ~= "W0639" or in_vain[finding.file] then list[#list + 1] = finding end
    end
  end)

  it("is shown by many cases", function() assert.is_true(#cases > 60) end)

  for _, case in ipairs(cases) do
    it(("%s: %s"):format(case.file, case.title), function()
      local list = found[("app/handlers/%s.lua"):format(case.name)] or {}
      local said = {}
      for _, finding in ipairs(list) do
        local place = ("%d:%d"):format(finding.line, finding.column)
        local help = finding.help ~= json.null and ": " .. finding.help or ""
        said[#said + 1] = ("%s %s %s: %s%s"):format(place, finding.severity, finding.code, finding.message, help)
        said[#said] = said[#said]:gsub("contracts/" .. case.name .. "%.json", case.contract .. ".json")
      end
      local all = table.concat(said, "\n")
      for i, expected in ipairs(case.expected) do
        local text = expected.line .. ":" .. expected.text
        assert.truthy(said[i] and said[i]:sub(1, #text) == text, ("%s\nis not finding %d of\n%s"):format(text, i, all))
      end
      assert.equal(#case.expected, #said, all)
    end)
  end

  it("tells of globals that a module assigns, once, whoever requires it", function()
    local said = {}
    for _, finding in ipairs(found["app/lib/careless.lua"]) do
      said[#said + 1] = ("%d:%d %s"):format(finding.line, finding.column, finding.code)
    end
    assert.same({ "2:3 W0671" }, said)
    assert.is_nil(found["app/lib/helper.lua"])
  end)

  it("is given for every code from W0620 to W0689", function()
    local seen = {}
    for _, list in pairs(found) do
      for _, finding in ipairs(list) do seen[finding.code] = true end
    end
    for number in servers.read_file "runtime/base/finding.h":gmatch "X%([%w_]+, (6[2-8]%d)," do
      assert.is_true(seen["W0" .. number] ~= nil, "no case gives W0" .. number)
    end
  end)
end)

describe("what is right", function()
  local function expect_nothing(app)
    local out, err, code = servers.run("check --no-luacheck " .. app)
    assert.same({ 0, "" }, { code, err })
    assert.matches("nothing wrong", out)
  end

  for app in servers.capture("ls -d . tests/apps/*/ tests/http lua/templates/init"):gmatch "%S+" do
    it("gets no advice: " .. app, function() expect_nothing(app) end)
  end

  it("gets no advice: tests/ordinary", function()
    local files = {}
    for path in servers.capture "ls tests/ordinary/*.lua":gmatch "%S+" do
      local name = path:match "([%w_]+)%.lua$"
      files["contracts/" .. name .. ".json"] = json.encode {
        summary = "It is ordinary",
        route = "GET /" .. name,
        requires = { auth = "public", reason = "It is tested", validates = { type = "object", properties = {} } },
        ensures = { returns = { type = "array", items = { type = { "string", "number", "boolean" } } } },
      }
      files["app/handlers/" .. name .. ".lua"] = servers.read_file(path)
    end
    local path, remove = folders.make(files)
    expect_nothing(path)
    remove()
  end)
end)
