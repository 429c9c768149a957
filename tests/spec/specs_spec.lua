-- `writ test --only specs`: an app's own specs, run by busted; what they came to, and what is missing where they cannot.
local folder = require "support.folder"
local servers = require "support.server"
local fits = require("support.documents").fits

local failing = [[
describe("numbers", function()
  it("are what they are", function() assert.equal(1, 1) end)
  it("are others", function()
    assert.equal(1, 2)
  end)
  it("are called", function() local nothing return nothing.at.all end)
  pending "are counted"
  describe("of others", function()
    before_each(function() error "there are none" end)
    it("are not reached", function() end)
  end)
end)
]]

local function with(files, use)
  local path, remove = folder.make(files)
  local ok, message = pcall(use, path)
  remove()
  if not ok then error(message, 0) end
end

describe("writ test --only specs", function()
  it("runs the app's specs as busted shows them", function()
    local out, err, code = servers.run "test --only specs"
    assert.same({ "", 0 }, { err, code })
    assert.matches("6 successes / 0 failures / 0 errors / 0 pending", out, 1, true)
  end)

  it("says which failed where", function()
    with({ ["tests/numbers/one_spec.lua"] = failing }, function(path)
      local out, err, code = servers.run("test --only specs --json " .. path)
      assert.equal(1, code)
      assert.matches("1 success / 1 failure / 2 errors / 1 pending", err, 1, true)
      local specs = fits("test", out).specs
      local first, second, third = table.unpack(specs.failures)
      specs.failures = nil
      assert.same({ passed = 1, failed = 1, errors = 2, pending = 1 }, specs)
      local file = "tests/numbers/one_spec.lua"
      assert.same({ "numbers are others", file, 4, false }, { first.name, first.file, first.line, first.error })
      assert.matches("^Expected objects to be equal", first.message)
      assert.same({ "numbers are called", file, 6, true }, { second.name, second.file, second.line, second.error })
      assert.same({ name = "numbers of others before_each", file = file, line = 9, message = "there are none", error = true },
        third)
    end)
  end)

  it("gives busted its own arguments", function()
    with({ ["tests/one_spec.lua"] = failing, ["tests/two_spec.lua"] = "it('is two', function() end)" }, function(path)
      local out, _, code = servers.run("test --only specs " .. path .. " -- --filter=what -o TAP")
      assert.equal(0, code)
      assert.matches("^ok 1 %- numbers are what they are\n", out)
      out, _, code = servers.run("test --only specs " .. path .. " -- tests/two_spec.lua")
      assert.equal(0, code)
      assert.matches("1 success / 0 failures", out, 1, true)
    end)
  end)

  it("fails where specs do not come to their end", function()
    with({ ["tests/one_spec.lua"] = "it('ends', function() os.exit(0) end)" }, function(path)
      local _, err, code = servers.run("test --only specs " .. path)
      assert.equal(1, code)
      assert.matches("writ: the specs were not run to their end: lua5.4 ended with 0", err, 1, true)
      _, err, code = servers.run("test --only specs " .. path .. " -- --nonsense")
      assert.equal(1, code)
      assert.matches("busted: error: unknown/bad flag: --nonsense", err, 1, true)
    end)
  end)

  it("needs nothing where there are no specs, and says what it needs where there are", function()
    with({}, function(path)
      local _, err, code = servers.run("test --only specs " .. path)
      assert.same({ "", 0 }, { err, code })
    end)
    local function without(variable)
      local command = ("env %s %s test --only specs 2>&1"):format(variable, servers.quote(servers.writ))
      local out, code = servers.capture(command)
      assert.equal(1, code)
      return out
    end
    assert.matches("busted for Lua 5.4, which is not installed: on Debian, apt-get install lua-busted",
      without "LUA_PATH_5_4=/nowhere/?.lua", 1, true)
    assert.matches("there is no lua5.4: on Debian, apt-get install lua5.4 lua-busted", without "PATH=/nowhere", 1, true)
  end)
end)
