-- `writ completions`: the scripts, run by the shells themselves, offer what `--help` says that there is.
local servers = require "support.server"

local writ = servers.capture("readlink -f " .. servers.writ):gsub("%s+$", "")
local temporary
setup(function()
  temporary = servers.capture("mktemp -d"):gsub("%s+$", "")
  for _, shell in ipairs { "bash", "zsh" } do
    assert.equal(0, select(3, os.execute(("%s completions %s >%s/%s"):format(writ, shell, temporary, shell))))
  end
end)
teardown(function() os.execute("rm -rf " .. temporary) end)

-- What a shell is given, in an app's folder, and what it offers: a word a line.
local drivers = {
  bash = [[source FOLDER/bash
    COMP_WORDS=(TYPED); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _writ; printf '%s\n' "${COMPREPLY[@]}"]],
  -- Zsh's own part of completion, as far as the script uses it, with the choice by prefix that compadd makes.
  zsh = [=[compadd() { shift; for w; do if [[ $w == ${words[CURRENT]}* ]]; then print -r -- $w; fi; done; }
    _describe() { compadd -- ${${(P)2}%%:*}; }
    _files() { }
    words=(TYPED); CURRENT=${#words}; source FOLDER/zsh]=],
}

local function offered(shell, words, folder)
  local script = drivers[shell]:gsub("FOLDER", temporary):gsub("TYPED", ("'%s' %s"):format(writ, words))
  local out, code = servers.capture(("cd %s && %s -c %s"):format(folder or "tests/apps/blog",
    shell == "zsh" and "zsh -f" or shell, servers.quote(script)))
  assert(code == nil or code == 0, out)
  local found = {}
  for word in out:gmatch "[^\n]+" do found[word] = true end
  return found
end

local function names(found)
  local list = {}
  for name in pairs(found) do list[#list + 1] = name end
  table.sort(list)
  return list
end

for _, shell in ipairs { "bash", "zsh" } do
  describe("completion in " .. shell, function()
    local there = os.execute("command -v " .. shell .. " >/dev/null")
    local test = there and it or pending

    test("offers all commands, and those that begin so", function()
      local all = offered(shell, "''")
      for name in servers.run("--help"):gmatch "\n  (%l+) " do assert.is_true(all[name], name) end
      assert.is_true(all["--version"])
      assert.same({ "restore", "routes" }, names(offered(shell, "r")))
    end)

    test("offers the options of a command, all and no others", function()
      local found = offered(shell, "new --")
      for option in servers.run("new --help"):gmatch "\n  (%-%-[%l-]+)" do assert.is_true(found[option], option) end
      assert.is_nil(found["--listen"])
      assert.same({ "--template" }, names(offered(shell, "new --te")))
      assert.is_true(offered(shell, "check --")["--trust"])
    end)

    test("offers what stands behind a command", function()
      assert.is_true(offered(shell, "audit ''").verify)
      assert.same({ "list" }, names(offered(shell, "token l")))
      assert.same({ "bash" }, names(offered(shell, "completions b")))
    end)

    test("offers the app's contracts where one is meant", function()
      for _, line in ipairs { "check --explain", "brief", "try", "test --contract" } do
        assert.same({ "posts.list", "posts.list_mine" }, names(offered(shell, line .. " posts.l")), line)
      end
      assert.same({}, offered(shell, "backup posts.l"))
    end)

    test("offers the values of an option, and nothing else", function()
      assert.same({ "posts.list", "posts.list_mine" }, names(offered(shell, "test --contract posts.l")))
      assert.same({ "attacks", "specs" }, names(offered(shell, "test --only ''")))
      assert.same({ "ada", "bob" }, names(offered(shell, "try posts.list --as ''")))
      assert.same({}, offered(shell, "try posts.list --input ''"))
      assert.is_true(offered(shell, "check --explain ''")["posts.list"])
    end)

    test("runs nothing that an app calls somebody", function()
      local path = temporary .. "/hostile"
      os.execute("mkdir -p " .. path)
      local file = assert(io.open(path .. "/fixtures.sql", "w"))
      file:write("-- principal: $(touch${IFS}ran) 1 x\n-- principal: `touch${IFS}ran` 2\n-- principal: $((1+1)) 3\n"
        .. "-- principal: ada 4 y\n-- principal: *.sql 5\n")
      file:close()
      assert.same({ "ada" }, names(offered(shell, "try posts.list --as ''", path)))
      assert.equal("fixtures.sql\n", servers.capture("ls -A " .. path))
    end)

    test("says nothing of what there is not", function()
      assert.same({}, offered(shell, "nonsense x"))
    end)
  end)
end

describe("writ completions", function()
  it("knows two shells", function()
    for _, arguments in ipairs { "", "fish", "bash zsh" } do
      local out, err, code = servers.run("completions " .. arguments)
      assert.equal("", out)
      assert.equal(2, code)
      assert.matches("--help", err, 1, true)
    end
  end)

  it("prints scripts that their shells can read", function()
    assert.is_true(os.execute(("bash -n %s/bash"):format(temporary)))
    if os.execute "command -v zsh >/dev/null" then assert.is_true(os.execute(("zsh -n %s/zsh"):format(temporary))) end
    assert.equal(servers.read_file "docs/completions/writ.bash", servers.read_file(temporary .. "/bash"))
    assert.equal(servers.read_file "docs/completions/_writ", servers.read_file(temporary .. "/zsh"))
  end)
end)
