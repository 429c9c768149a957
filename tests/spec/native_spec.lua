-- The C module that lua/writ/testing.lua uses: JSON as Lua values, and back.
local lua54 = require "support.lua54"

-- What `native.encode` says of a Lua expression.
local function encoded(expression)
  return (lua54.script('local native = require "writ.native"\nprint(native.encode(' .. expression .. "))"))
end

-- What comes back of JSON.
local function returned(json)
  return (lua54.script('local native = require "writ.native"\nprint(native.encode(native.decode(' .. ("%q"):format(json) .. ")))"))
end

describe("the Lua module", function()
  for json, why in pairs {
    ['{"a":[],"b":{},"c":[{}],"d":[[]]}'] = "empty arrays and objects apart",
    ['[9223372036854775807,-9223372036854775808,9007199254740993]'] = "integers exact",
    ['[1.5,1e+300,-0.0]'] = "reals exact",
    ['[null,true,false,{"a":null}]'] = "null, true and false",
    ['"é\\u0000\\n"'] = "text with a NUL",
    [("["):rep(64) .. ("]"):rep(64)] = "what nests deep",
  } do
    it("keeps " .. why, function() assert.equal(json, returned(json)) end)
  end

  for expression, json in pairs {
    ["{ b = 1, a = 2, c = 3 }"] = '{"a":2,"b":1,"c":3}',
    ["{ 1, { 2 }, {} }"] = "[1,[2],{}]",
    ["setmetatable({}, native.array)"] = "[]",
    ["{ native.null, 3 // 1, 3 / 2 }"] = "[null,3,1.5]",
    ["setmetatable({ 1 }, { __index = error, __len = error, __pairs = error })"] = "[1]",
  } do
    it("writes " .. expression, function() assert.equal(json, encoded(expression)) end)
  end

  for expression, message in pairs {
    ["{ items = { {}, { name = print } } }"] = "items[2].name is a function, which JSON does not have",
    ["{ a = { 1, nil, 3 } }"] = "a is an array with gaps: write testing.null for null",
    ["{ 1, a = 2 }"] = "it has both names and integers as keys",
    ["{ [0] = 1 }"] = "it has a key that is neither a name nor a positive integer",
    ["{ a = 0/0 }"] = "a is a number that JSON does not have",
    ["{ a = '\\xff' }"] = "a is not UTF-8",
    ["nil"] = "it is a nil, which JSON does not have",
    ["(function() local t = {} t.t = t return t end)()"] = "it contains itself, or nests too deep",
  } do
    it("says what is no JSON in " .. expression, function()
      assert.equal("nil\t" .. message, encoded(expression))
    end)
  end

  it("says where JSON ends to be JSON", function()
    assert.equal("nil\tbyte 5: a value must follow", lua54.script [[print(require "writ.native".decode "[1, ]")]])
  end)

  it("keeps what it works on from finalizers that call it", function()
    assert.equal("kept", lua54.script [[
      local native = require "writ.native"
      local function leave()
        setmetatable({}, { __gc = function() native.encode { ("x"):rep(50000), ("y"):rep(50000) } leave() end })
      end
      leave()
      collectgarbage "generational"
      local text = ("v"):rep(40)
      local json = "[" .. ('{"k":"' .. text .. '"},'):rep(3000) .. "1]"
      for _ = 1, 20 do
        local rows = native.decode(json)
        for i = 1, 3000 do assert(rows[i].k == text) end
        assert(native.encode(rows) == json)
      end
      assert(collectgarbage "isrunning")
      print "kept"
    ]])
  end)

  it("shows the process that loads it nothing but its entry", function()
    local symbols = io.popen("nm -D --defined-only " .. lua54.module):read "a"
    assert.matches("^%x+ T luaopen_writ_native\n$", symbols)
  end)
end)
