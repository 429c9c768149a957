-- What subcommands print of an app's texts: whoever wrote those must not command the terminal of whoever reads, nor add
-- lines to what Writ says.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

-- A line end, a sequence that conceals all that follows, the same as one C1 character, and one that turns text around.
local evil = "a\nb\27[8mc\u{9B}8md\u{202E}e"

-- What no output has: C0 but for line ends and tabs, DEL, C1, bidirectional controls.
local function assert_tame(text)
  assert.is_nil(text:find "[\0-\8\11-\31\127]")
  for _, code in utf8.codes(text) do
    assert.is_false((code >= 0x80 and code < 0xA0) or (code >= 0x202A and code <= 0x202E), text)
  end
  for line in text:gmatch "[^\n]+" do assert.is_nil(line:find "^b", 1) end
end

-- JSON escapes what cannot be seen only where it must, and these are what must not stand in a contract.
local function escaped(text)
  return (text:gsub("\u{9B}", "\\u009b"):gsub("\u{202E}", "\\u202e"))
end

local function app(change, files)
  local all = { ["contracts/notes/one.json"] = escaped(folder.contract(change)) }
  for path, text in pairs(files or {}) do all[path] = text end
  return folder.make(all)
end

local function run(command, change, files)
  local path, remove = app(change, files)
  local out, err, code = servers.run(command .. " " .. path)
  remove()
  return out, err, code
end

-- Everything of a contract that is free text.
local function everywhere(c)
  c.summary = evil
  c.requires.validates.description = evil
  c.requires.validates.properties.note_id.description = evil
  c.requires.validates.properties.note_id.enum = { evil }
  c.requires.validates.properties.note_id.default = evil
  c.ensures.errors = { gone = { status = 410, title = evil } }
end

describe("what is printed of contracts", function()
  for _, command in ipairs { "check", "check --explain", "check --explain --json", "routes", "openapi" } do
    it("commands no terminal: writ " .. command, function()
      local out, err, code = run(command, everywhere)
      assert.equal("", err)
      assert.equal(0, code)
      assert_tame(out)
    end)
  end

  it("is, as JSON, what it was", function()
    local out = run("openapi", everywhere)
    assert.matches("\\u009b8md\\u202ee", out, 1, true)
    assert.equal(evil, json.decode(out).paths["/notes/{note_id}"].get.summary)
  end)

  for _, options in ipairs { "", "--json " } do
    it("commands no terminal: writ diff " .. options, function()
      local old, remove = app()
      local out, err, code = run("diff " .. options .. old, everywhere)
      remove()
      assert.equal("", err)
      assert.equal(1, code)
      assert_tame(out)
    end)
  end
end)

describe("what is printed of errors", function()
  local broken = {
    { "SQL that SQLite quotes", { ["contracts/migrations/0002_x.sql"] = "SELECT * FROM \"x" .. evil .. "\";\n" } },
    { "an unknown key of writ.json", { ["writ.json"] = '{ "' .. evil:gsub("\n", "\\n") .. '": 1 }' } },
    { "what is no JSON", { ["writ.json"] = '{ \27[8m' } },
  }
  for _, case in ipairs(broken) do
    for _, command in ipairs { "check", "routes", "serve --listen 127.0.0.1:0 --data /nonexistent/data" } do
      it(("commands no terminal: %s, writ %s"):format(case[1], command:match "%a+"), function()
        local out, err, code = run(command, nil, case[2])
        assert.equal("", out)
        assert.equal(1, code)
        assert.is_truthy(#err > 0)
        assert_tame(err)
      end)
    end
  end
end)
