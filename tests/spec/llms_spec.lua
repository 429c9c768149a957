-- llms.txt is what `./dev docs` makes of README.md, the pages and AGENTS.md, in the form that llmstxt.org describes.
local servers = require "support.server"

describe("llms.txt", function()
  local text = servers.read_file "llms.txt"

  it("has a title, a summary, and then lists of links that lead somewhere", function()
    assert.truthy(text:match "^# [^\n]+\n\n> [^\n]+\n\n")
    local sections, links = 0, 0
    for line in text:gmatch "[^\n]+" do
      local path = line:match "^%- %[[^%]]+%]%(([^)]+)%): .+$"
      if line:find "^## " then
        sections = sections + 1
      elseif sections > 0 then
        assert(path, line)
        assert(io.open(path), path):close()
        links = links + 1
      end
    end
    assert.is_true(sections >= 3 and links > 20, sections .. " sections, " .. links .. " links")
  end)

  it("names every page of docs/, and every document that is described", function()
    for page in servers.capture "ls docs/*.md docs/json/*.schema.json":gmatch "%S+" do
      assert.truthy(text:find("(" .. page .. ")", 1, true), page .. " is not in llms.txt: add it under More in README.md")
    end
  end)

  it("says the loop in AGENTS.md's words", function()
    local loop = servers.read_file "lua/templates/init/AGENTS.md":match "\n## The loop\n\n(.-)\n+## "
    assert.truthy(text:find(loop, 1, true))
  end)
end)

describe("AGENTS.md", function()
  local text = servers.read_file "lua/templates/init/AGENTS.md"

  it("is what writ init writes", function()
    local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    finally(function() os.execute("rm -rf " .. folder) end)
    local _, err, code = servers.run("init " .. folder)
    assert.equal(0, code, err)
    assert.equal(text, servers.read_file(folder .. "/AGENTS.md"))
    local count = 0
    for path in text:match "\n## What is where\n(.-)\n## ":gmatch "`([%l_./]+)`" do
      if path:find "[/.]" then
        assert.equal(0, select(3, os.execute(("test -e %s/%s"):format(folder, path))), path)
        count = count + 1
      end
    end
    assert.is_true(count > 4)
  end)

  it("names commands and options that there are, and codes of findings", function()
    local count = 0
    for code in text:gsub("```.-```", ""):gmatch "`(writ [^`]+)`" do
      local command = code:match "^writ (%l+)"
      local help, err, exit = servers.run(command .. " --help")
      assert.equal(0, exit, err)
      for option in code:gmatch "%-%-[%l-]+" do
        assert.truthy(help:find(option, 1, true), code)
      end
      count = count + 1
    end
    assert.is_true(count > 8)
    local errors = servers.read_file "docs/errors.md"
    for number in text:gmatch "W%d%d%d%d" do assert.truthy(errors:find(number, 1, true), number) end
  end)
end)
