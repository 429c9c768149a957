-- `writ types`. LuaLS itself is in no Debian release; what it would read is held here to the facts that the host has,
-- and to the part of its language that the files use.
local folder = require "support.folder"
local servers = require "support.server"
local fits = require("support.documents").fits
local json = require "cjson"

local read, write = servers.read_file, servers.write_file

-- Reads a type: its end, and the names of other types in it. Raises an error where LuaLS would not understand it.
local read_type
local function skip(text, at) return text:match("^ *()", at) end

local function expect(text, at, symbol)
  at = skip(text, at)
  assert(text:sub(at, at + #symbol - 1) == symbol, ("'%s' is missing in %s at %d"):format(symbol, text, at))
  return at + #symbol
end

local function read_key(text, at, names)
  at = skip(text, at)
  if text:sub(at, at) == "[" then return expect(text, read_type(text, at + 1, names), "]") end
  return assert(text:match("^[%a_][%w_]*()", at), text)
end

local function read_unit(text, at, names)
  at = skip(text, at)
  local finish = text:match('^"[^"\\%c]*"()', at) or text:match("^%-?%d+()", at)
  if text:match("^fun%(", at) then
    at = at + 4
    while not text:match("^ *%)", at) do
      at = text:match("^[%a_.][%w_.]*%??()", skip(text, at))
      at = read_type(text, expect(text, at, ":"), names)
      at = text:match("^ *,()", at) or at
    end
    finish = expect(text, at, ")")
    if text:match("^:", finish) then finish = read_type(text, finish + 1, names) end
  elseif text:match("^{", at) then
    at = at + 1
    repeat
      at = read_key(text, at, names)
      at = read_type(text, expect(text, text:match("^%?()", at) or at, ":"), names)
      local more = text:match("^ *,()", at)
      at = more or at
    until not more
    finish = expect(text, at, "}")
  elseif text:match("^%(", at) then
    finish = expect(text, read_type(text, at + 1, names), ")")
  elseif not finish then
    local name
    name, finish = text:match("^([%a_][%w_.]*)()", at)
    assert(name, "no type at " .. at .. " of " .. text)
    names[#names + 1] = name
    if text:match("^<", finish) then
      finish = read_type(text, finish + 1, names)
      finish = expect(text, read_type(text, expect(text, finish, ","), names), ">")
    end
  end
  while text:match("^%[%]", finish) do finish = finish + 2 end
  return finish
end

function read_type(text, at, names)
  at = read_unit(text, at, names)
  while text:match("^|", at) do at = read_unit(text, at + 1, names) end
  return text:match("^%?()", at) or at
end

-- All that the files below a folder declare: by name, of a class its fields, of an alias its type.
local function declarations(path)
  local known, used = {}, {}
  for name in ("any nil string integer number boolean table function"):gmatch "%S+" do known[name] = {} end
  for file in servers.capture("find " .. path .. "/.writ -name '*.lua'"):gmatch "%S+" do
    local text = read(file)
    local fields
    assert(load(text, "=" .. file, "t"))
    assert(text:match "^%-%-%-@meta _\n", file)
    for line in text:gmatch "[^\n]+" do
      local names = {}
      local kind, rest = line:match "^%-%-%-@(%l+) (.+)$"
      if kind == "class" then
        local name, parent = rest:match "^([%w_.]+)$", nil
        if not name then name, parent = rest:match "^([%w_.]+): ([%w_.]+)$" end
        assert(name and not known[name], file .. ": " .. line)
        fields = {}
        known[name] = { fields = fields, parent = parent }
        names[1] = parent
      elseif kind == "alias" then
        local name, type = rest:match "^([%w_.]+) (.+)$"
        assert(not known[name], line)
        assert(read_type(type, 1, names) == #type + 1, line)
        known[name] = { type = type }
      elseif kind == "field" then
        local finish = read_key(rest, 1, names)
        local optional = rest:match("^%?()", finish)
        local from = assert(rest:match("^ ()", optional or finish), line)
        local to = read_type(rest, from, names)
        assert(to == #rest + 1 or rest:sub(to, to) == " ", line)
        fields[rest:sub(1, finish - 1)] = { type = rest:sub(from, to - 1), optional = optional ~= nil }
      end
      for _, name in ipairs(names) do used[name] = line end
    end
  end
  for name, line in pairs(used) do assert(known[name], name .. " is declared nowhere: " .. line) end
  return known
end

local function types(arguments)
  local out, err, code = servers.run("types " .. arguments)
  assert.equal("", err)
  return code, out
end

describe("writ types", function()
  local temporary
  setup(function() temporary = servers.capture("mktemp -d"):gsub("%s+$", "") end)
  teardown(function() os.execute("rm -rf " .. temporary) end)

  local function copy(app)
    local path = ("%s/%s"):format(temporary, app:gsub("%W", "_"))
    assert(os.execute(("rm -rf %s; mkdir %s; cp -r %s/app %s/contracts %s/writ.json %s"):format(path, path, app, app, app,
      path)))
    return path
  end

  local apps = { "." }
  for path in servers.capture("ls -d tests/apps/*/"):gmatch "(%S+)/" do apps[#apps + 1] = path end

  it("declares of each contract what the host has compiled, and nothing else", function()
    local count = 0
    for _, app in ipairs(apps) do
      local path = copy(app)
      assert.equal(0, (types(path)))
      local known = declarations(path)
      for _, route in ipairs(json.decode((servers.run("routes --json " .. app)))) do
        local facts = json.decode((servers.run(("brief --json %s %s"):format(route.contract, app))))
        local prefix = "writ." .. route.contract .. "."
        local fields = {}
        for _, field in ipairs(facts.input) do
          local optional = not field.required and field.default == json.null
          if not field.secret then fields[field.name] = { type = field.type, optional = optional } end
        end
        assert.same(fields, known[prefix .. "input"].fields)
        local granted, declared = {}, {}
        for _, query in ipairs(facts.queries) do
          granted[query.name] = true
          assert.equal(query.type, known[prefix .. "result." .. query.name].type)
        end
        for group, of_group in pairs(known[prefix .. "db"].fields) do
          for name in pairs(known[of_group.type].fields) do declared[group .. "." .. name] = true end
        end
        assert.same(granted, declared)
        local codes, expected = known[prefix .. "error"].type, {}
        for i, error in ipairs(facts.errors) do expected[i] = '"' .. error.code .. '"' end
        assert.equal(#expected > 0 and table.concat(expected, "|") or "nil", codes)
        for i, reply in ipairs(facts.returns) do expected[i] = ("%d"):format(reply.status) end
        assert.equal(table.concat(expected, "|", 1, #facts.returns), known[prefix .. "status"].type)
        local context = known[prefix .. "ctx"]
        assert.equal("writ.ctx", context.parent)
        assert.equal(prefix .. "db", context.fields.db.type)
        assert.equal(facts.principal == json.null, context.fields.principal.type == "nil")
        count = count + 1
      end
    end
    assert.is_true(count > 40)
  end)

  it("says schemas as types: alternatives, values, nesting, names that are no names", function()
    local path, remove = folder.make {
      ["contracts/defs/tree.json"] = '{ "type": "object", "properties": { "name": { "type": "string" }, ' ..
        '"children": { "type": "array", "items": { "$ref": "#" } } }, "required": ["name"] }',
      ["contracts/notes/one.json"] = folder.contract(function(contract)
        contract.ensures.returns = {
          type = "object",
          properties = {
            ["content-type"] = { type = "string" },
            ["end"] = { type = "boolean" },
            kind = { enum = { "a", "b" } },
            odd = { enum = { "a\"b", "c" } },
            negative = { enum = { -1, 1 } },
            one = { const = 7 },
            list = { type = "array", items = { anyOf = { { type = "string" }, { type = "integer" } } } },
            either = { oneOf = { { type = "null" }, { type = "object", properties = { a = { type = "number" } } } } },
            tree = { ["$ref"] = "../defs/tree.json" },
            nested = { allOf = {
              { type = { "object", "null" }, properties = { x = { type = "number" } }, required = { "x" } },
              { type = "object", properties = { x = { type = "integer" } } },
            } },
            map = { type = "object", additionalProperties = { type = "integer" } },
          },
          required = { "kind" },
        }
      end),
    }
    finally(remove)
    assert.equal(0, (types(path)))
    local body = declarations(path)["writ.notes.one.body200"].fields
    local found = {}
    for name, field in pairs(body) do found[name] = field.type .. (field.optional and "?" or "") end
    assert.same({
      ['["content-type"]'] = "string?",
      ['["end"]'] = "boolean?",
      kind = '"a"|"b"',
      odd = "string?",
      negative = "-1|1?",
      one = "7?",
      list = "(string|integer)[]?",
      either = "null|{ a?: number }?",
      tree = "{ name: string, children?: any[] }?",
      nested = "{ x: integer }?",
      map = "table<string, integer>?",
    }, found)
  end)

  it("lets computed parameters be passed, and sleep only where it is granted", function()
    local path, remove = folder.make {
      ["contracts/queries/notes.sql"] = "-- name: one :one\nSELECT id, body FROM notes WHERE id = :note_id AND body = :slug;\n",
      ["contracts/notes/one.json"] = folder.contract(function(contract)
        contract.uses.computes = { slug = { type = "string" } }
        contract.uses.sleep = true
      end),
    }
    finally(remove)
    types(path)
    local known = declarations(path)
    assert.equal("fun(values: { slug: string }): writ.notes.one.result.notes.one", known["writ.notes.one.db.notes"].fields.one.type)
    assert.equal("fun(ms: integer)", known["writ.notes.one.ctx"].fields.sleep.type)
    local other = copy "."
    types(other)
    assert.is_nil(declarations(other)["writ.notes.list.ctx"].fields.sleep)
  end)

  it("writes what is missing or has changed, and removes what is left over", function()
    local path = copy "."
    local _, out = types("--json " .. path)
    local first = json.decode(out)
    assert.is_false(first.current)
    assert.truthy(out:find('".writ/types/notes/create.lua"', 1, true))
    assert.truthy(out:find('".luarc.json"', 1, true))
    local settings = json.decode(read(path .. "/.luarc.json"))
    for _, library in ipairs(settings["workspace.library"]) do
      assert.equal(0, select(3, os.execute(("test -d %s/%s"):format(path, library))))
    end

    write(path .. "/.luarc.json", "{}")
    write(path .. "/.writ/types/notes/create.lua", "-- old\n")
    write(path .. "/.writ/types/notes/gone.lua", "-- left over\n")
    local code, stale = types("--check --json " .. path)
    assert.equal(1, code)
    assert.same({ current = false, written = { ".writ/types/notes/create.lua" }, removed = { ".writ/types/notes/gone.lua" } },
      json.decode(stale))
    assert.equal("-- old\n", read(path .. "/.writ/types/notes/create.lua")) -- it only looked
    local _, words = types("--check " .. path)
    assert.equal("stale: .writ/types/notes/create.lua\nleft over: .writ/types/notes/gone.lua\n" ..
      "`writ types` makes them current.\n", words)

    assert.equal(0, (types(path)))
    assert.truthy(read(path .. "/.writ/types/notes/create.lua"):find("@meta", 1, true))
    assert.is_nil(io.open(path .. "/.writ/types/notes/gone.lua"))
    assert.equal("{}", read(path .. "/.luarc.json"))
    local now, said = types("--check " .. path)
    assert.equal(0, now)
    assert.equal("The types are current.\n", said)
    assert.same({ current = true, written = {}, removed = {} }, json.decode((select(2, types("--json " .. path)))))
  end)

  it("writes nowhere but into the app's folder, wherever a link leads", function()
    for _, link in ipairs { ".writ", ".writ/types", ".writ/types/notes" } do
      local path, elsewhere = copy ".", temporary .. "/elsewhere" .. link:gsub("/", "_")
      os.execute(("mkdir -p %s/%s %s && rm -r %s/%s && ln -s %s %s/%s"):format(path, link, elsewhere, path, link,
        elsewhere, path, link))
      local out, err, code = servers.run("types " .. path)
      assert.equal(1, code, out)
      assert.matches("lies behind a symbolic link, which is not followed", err, 1, true)
      assert.equal("", servers.capture("ls -A " .. elsewhere))
    end
  end)

  it("prints JSON as it is described", function()
    local path = copy "."
    for _, option in ipairs { "--check", "", "" } do
      local _, out = types(("%s --json %s"):format(option, path))
      fits("types", out)
    end
  end)

  it("fits the three lines that new handlers begin with", function()
    local path = temporary .. "/begun"
    local _, err, code = servers.run("init " .. path)
    assert.equal(0, code, err)
    types(path)
    local known = declarations(path)
    local count = 0
    for file in servers.capture("find " .. path .. "/app/handlers -name '*.lua'"):gmatch "%S+" do
      local text = read(file)
      local parameters = { text:match "return function%(([%w_]+), ([%w_]+)%)\n" }
      local first, input, second, ctx, body, status = text:match(
        "%-%-%-@param ([%w_]+) ([%w_.]+)\n%-%-%-@param ([%w_]+) ([%w_.]+)\n" ..
        "%-%-%-@return ([%w_.]+)%?, ([%w_.]+)%?\nreturn function%(")
      assert(first, file)
      assert.same(parameters, { first, second })
      local contract = file:match "handlers/(.*)%.lua$":gsub("/", ".")
      assert.same({ "writ." .. contract .. ".input", "writ." .. contract .. ".ctx" }, { input, ctx })
      for _, name in ipairs { input, ctx, body, status } do assert(known[name], file .. ": " .. name) end
      count = count + 1
    end
    assert.is_true(count > 4)
  end)

  it("describes what the sandbox has of os, and null", function()
    local allowed = assert(loadfile "lua/prelude/allowed.lua")()
    local described = {}
    for name in read "lua/library/os.lua":gmatch "\nfunction os%.(%l+)" do described[#described + 1] = name end
    table.sort(described)
    assert.equal(allowed.os, table.concat(described, " "))
    assert.truthy(read "lua/library/globals.lua":find("\nnull = ", 1, true))
  end)

  it("says that an app does not load, and what it did not understand", function()
    local path = copy "."
    write(path .. "/contracts/policy.json", "{}")
    local out, err, code = servers.run("types " .. path)
    assert.equal(1, code)
    assert.equal("", out)
    assert.truthy(err:find("policy.json", 1, true))
    local document, nothing, exit = servers.run("types --json " .. path)
    assert.equal(1, exit)
    assert.equal("", nothing)
    assert.equal("contracts/policy.json", json.decode(document).findings[1].file)
    assert.equal(2, (select(3, servers.run "types --none")))
  end)
end)
