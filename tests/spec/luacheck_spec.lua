-- What luacheck says of app/ are warnings of `writ check`; it is a program beside, which nothing in the app may steer.
local folders = require "support.folder"
local servers = require "support.server"

local writ = servers.capture("realpath " .. servers.quote(servers.writ)):gsub("%s+$", "")
local REST = "local note = ctx.db.notes.one()\n  if note == null then error 'gone' end\n  return note\nend\n"
local UNUSED = "return function(_, ctx)\n  local a, unused = 1, 2\n  " .. REST
local CLEAN = "return function(_, ctx)\n  " .. REST

describe("writ check, with luacheck,", function()
  local path, remove
  local function clean()
    if remove then remove() end
    remove = nil
  end
  after_each(clean)

  -- What is said of a small app whose handler this is, in its folder; `before` stands before `writ check`.
  local function check(handler, files, options, before)
    files = files or {}
    files["app/handlers/notes/one.lua"] = handler
    clean()
    path, remove = folders.make(files)
    local out, code = servers.capture(("cd %s && { %s %s check %s . 2>&1 >/dev/null; }"):format(path, before or "",
      servers.quote(writ), options or ""))
    return out, code or 0
  end

  -- A program called luacheck that comes before the real one.
  local function pretend(script)
    return { ["bin/luacheck"] = "#!/bin/sh\n" .. script }, 'chmod +x bin/luacheck; PATH="$PWD/bin:$PATH"'
  end

  it("warns of what it finds, where it is", function()
    local err, code = check(UNUSED)
    assert.equal(0, code, err)
    assert.equal("app/handlers/notes/one.lua:2:9: warning W0690: unused variable 'a' (luacheck W211)\n" ..
      "app/handlers/notes/one.lua:2:12: warning W0690: unused variable 'unused' (luacheck W211)\n", err)
  end)

  it("says nothing of what every handler has, nor of how it is laid out", function()
    assert.equal("", (check("return function(input, ctx)   \n\n  -- " .. ("x"):rep(200) .. "\n  " .. REST)))
  end)

  it("says nothing twice", function()
    local err = check "return function(_, ctx)\n  count = (count or 0) + 1\n  return ctx.db.notes.one(inptu)\nend\n"
    assert.is_nil(err:find("W0690", 1, true), err)
    err = check "return function(_, ctx)\n  return ctx.db.notes.one(\nend\n"
    assert.matches("W0604", err)
    assert.is_nil(err:find("W0690", 1, true), err)
  end)

  it("leaves it out if asked to, and where it is not installed", function()
    assert.equal("", (check(UNUSED, nil, "--no-luacheck")))
    assert.equal("", (check(UNUSED, nil, nil, "PATH=/nowhere")))
  end)

  -- A configuration of luacheck is a Lua program, and where Lua starts it looks for modules.
  it("runs nothing of the app", function()
    local touch = 'os.execute("touch ran")'
    local err = check(UNUSED, {
      [".luacheckrc"] = touch .. ' ignore = { "2" }',
      ["app/.luacheckrc"] = touch,
      ["luacheck/main.lua"] = touch,
      ["luacheck/init.lua"] = touch,
      ["app/luacheck/main.lua"] = touch,
      ["app/handlers/notes/evil.rockspec"] = touch,
    })
    assert.matches("unused variable 'unused'", err)
    local _, _, ran = os.execute(("find %s -name ran | grep ."):format(path))
    assert.equal(1, ran)
  end)

  it("takes no name of a file for an option", function()
    local err, code = check(UNUSED, { ["app/handlers/--config=x.lua"] = "local a" })
    assert.equal(0, code, err)
    assert.matches("config=x.lua:1:7: warning W0690: unused variable 'a'", err)
  end)

  for what, case in pairs {
    ["fails"] = { "exit 7", "luacheck failed with exit code 7" },
    ["crashes"] = { "kill -SEGV $$", "luacheck was stopped" },
    ["never stops talking"] = { "yes", "luacheck was stopped" },
  } do
    it("says so if it " .. what, function()
      local files, environment = pretend(case[1])
      local err, code = check(CLEAN, files, nil, environment)
      assert.equal(0, code, err)
      assert.equal(1, select(2, err:gsub("\n", "")), err)
      assert.matches("^warning W0690: " .. case[2], err)
    end)
  end

  it("starts it outside of the app, with the files that there are, and no input", function()
    local files, environment = pretend [[pwd > "$HOME/told"; cat >> "$HOME/told"; echo "$@" >> "$HOME/told"]]
    files["app/lib/tool.lua"] = "return {}"
    environment = environment .. " HOME=$PWD"
    check(CLEAN, files, nil, environment)
    local file = assert(io.open(path .. "/told"))
    local folder, arguments = file:read "a":match "^(.-)\n(.*)\n$"
    file:close()
    assert.equal("/", folder)
    local real = servers.capture("realpath " .. path):gsub("%s+$", "")
    local given = arguments:match " %-%- (.*)$"
    assert.equal(("%s/app/handlers/notes/one.lua %s/app/lib/tool.lua"):format(real, real), given)
    assert.matches("--no-config --no-default-config", arguments, 1, true)
  end)
end)
