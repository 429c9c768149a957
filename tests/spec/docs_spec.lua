-- What README.md and docs/ name is there: files, links, commands and their options. What they show is tried by
-- samples_spec and transcripts_spec.
local blocks = require("support.page").blocks
local servers = require "support.server"

local read = servers.read_file

local pages = { "README.md" }
for page in servers.capture("ls docs/*.md docs/decisions/*.md tests/apps/README.md bench/README.md"):gmatch "%S+" do
  pages[#pages + 1] = page
end

describe("README.md", function()
  it("shows files as they are", function()
    local sources = { lua = "app/handlers/users/update_profile.lua", json = "contracts/users/update_profile.json",
      sql = "contracts/queries/users.sql" }
    for _, block in ipairs(blocks "README.md") do
      local source = sources[block.language]
      if source then assert.truthy(read(source):find(block.text, 1, true), block.where .. " is not in " .. source) end
    end
  end)
end)

describe("docs/operations.md", function()
  local temporary
  before_each(function() temporary = servers.capture("mktemp -d"):gsub("%s+$", "") end)
  after_each(function() os.execute("rm -rf " .. temporary) end)

  it("names members of writ.json, in its sentences, as they may be", function()
    local names = {}
    for members in read("docs/operations.md"):gsub("```.-```", ""):gmatch '`("[%l_]+": [^`]+)`' do
      names[#names + 1] = ("%s/%d.json"):format(temporary, #names)
      servers.write_file(names[#names], "{" .. members .. "}")
    end
    assert.is_true(#names > 3)
    local out, err, code = servers.run("validate contracts/writ.schema.json " .. table.concat(names, " "))
    assert.equal(0, code, out .. err)
  end)

  it("has units that systemd takes", function()
    if not os.execute "command -v systemd-analyze >/dev/null" then return pending "there is no systemd-analyze" end
    local program = servers.writ:match "^/" and servers.writ or servers.capture("pwd"):gsub("%s+$", "/") .. servers.writ
    local names = {}
    for _, block in ipairs(blocks "docs/operations.md") do
      if block.language == "ini" then
        names[#names + 1] = ("%s/%d.service"):format(temporary, #names)
        servers.write_file(names[#names], (block.text:gsub("/usr/local/bin/writ", program)))
      end
    end
    assert.equal(2, #names)
    local said = servers.capture(("systemd-analyze verify %s 2>&1"):format(table.concat(names, " ")))
    local version = tonumber(servers.capture("systemd-analyze --version"):match "%d+")
    if version < 253 then said = said:gsub("[^\n]*service type, ignoring: notify%-reload\n", "") end -- as the page says
    assert.equal("", said)
  end)
end)

describe("pages", function()
  -- The anchors of a page, as GitHub makes them of headings.
  local function anchors(path)
    local found = {}
    for heading in ("\n" .. read(path)):gmatch "\n#+ ([^\n]+)" do
      found[heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")] = true
    end
    return found
  end

  it("have links that lead somewhere", function()
    local links = 0
    for _, page in ipairs(pages) do
      for target in read(page):gsub("```.-```", ""):gmatch "%]%(([^)]+)%)" do
        if not target:match "^https?:" then
          links = links + 1
          local path, anchor = target:match "^([^#]*)#?(.*)$"
          local file = path == "" and page or (page:match "^(.*/)" or "") .. path
          assert.equal(0, select(3, os.execute("test -e " .. file)), page .. " leads to " .. target)
          if anchor ~= "" then assert.truthy(anchors(file)[anchor], page .. " leads to " .. target) end
        end
      end
    end
    assert.is_true(links > 40)
  end)

  it("name files of the host and of the tests that there are", function()
    for _, page in ipairs(pages) do
      for path in read(page):gmatch "`([%l]+/[%w_./-]+)`" do
        local ours = path:match "^runtime/" or path:match "^tests/" or path:match "^lua/"
        if ours and not path:match "CLASS" then
          assert.equal(0, select(3, os.execute("test -e " .. path)), page .. " names " .. path)
        end
      end
    end
  end)

  -- Each `writ COMMAND --option`, in code blocks and between backticks.
  it("name commands and options that there are", function()
    local help, named = {}, 0
    local function help_of(command)
      if not help[command] then
        local out, err, code = servers.run(command .. " --help")
        assert.equal(0, code, command .. ": " .. err)
        help[command] = out
      end
      return help[command]
    end
    for _, page in ipairs(pages) do
      local text = read(page)
      local commands = {}
      for code in text:gsub("```.-```", ""):gmatch "`([^`]+)`" do commands[#commands + 1] = code:gsub("\n", " ") end
      for _, block in ipairs(blocks(page)) do
        for line in block.text:gmatch "[^\n]+" do
          if line:match "^%$ " or block.language == "sh" then commands[#commands + 1] = line:gsub("^%$ ", "") end
        end
      end
      for _, code in ipairs(commands) do
        local command, rest = code:gsub("%s#.*", ""):match "^[%w/]*writ (%l+)(.*)"
        if command then
          local known = help_of(command)
          rest = rest:gsub("%-%-help", "")
          for option in rest:gmatch "%s(%-%-[%l-]+)" do
            named = named + 1
            assert.truthy(known:find(option, 1, true), ("%s: writ %s has no %s"):format(page, command, option))
          end
        end
      end
    end
    assert.is_true(named > 10)
  end)

  it("say of each command how it is used, what its exit codes mean, and an example", function()
    local count = 0
    for name in servers.run("--help"):gmatch "\n  (%l+) " do
      local help = servers.run(name .. " --help")
      for _, part in ipairs { "^usage: writ " .. name, "\nExit code 0: ", "[%s;]2: ", "\nexamples?: " } do
        assert.matches(part, help)
      end
      count = count + 1
    end
    assert.is_true(count >= 20)
  end)

  it("name chores of ./dev that there are", function()
    local dev = read "dev"
    for _, page in ipairs(pages) do
      for chore in read(page):gmatch "%./dev (%l[%l-]*)" do
        assert.truthy(dev:find("\nchore_" .. chore:gsub("-", "_") .. "()", 1, true), page .. " names ./dev " .. chore)
      end
    end
  end)
end)
