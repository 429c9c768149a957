-- `writ init`: what it writes is in order, serves, and is written whole or not at all.
local lua54 = require "support.lua54"
local servers = require "support.server"
local fits = require("support.documents").fits
local json = require "cjson"

local temporary
setup(function() temporary = servers.capture("mktemp -d"):gsub("%s+$", "") end)
teardown(function() os.execute("rm -rf " .. temporary) end)

local function path(name) return temporary .. "/" .. name end
local function init(arguments) return servers.run("init " .. arguments) end
local function shell(command, ...) return servers.capture(command:format(...)) end

local function write(name, text)
  servers.write_file(path(name), text)
end

describe("writ init", function()
  it("writes an app with which nothing is wrong, and says what to do next", function()
    local out, err, code = init(path "shop")
    assert.equal("", err)
    assert.equal(0, code)
    assert.matches("cd " .. path "shop", out, 1, true)
    assert.matches("writ check", out, 1, true)
    out, err, code = servers.run("check " .. path "shop")
    assert.equal("", err)
    assert.equal(0, code)
    assert.matches("^8 contracts, nothing wrong", out)
    assert.equal("", shell("grep -rF '{{' %s", path "shop"))
    assert.matches("^# shop\n", servers.read_file(path "shop/README.md"))
  end)

  it("writes schemas that its JSON is held to, and nothing that nobody wrote", function()
    shell("umask 022 && %s init %s", servers.quote(servers.writ), path "schemas")
    for _, name in ipairs { "contract", "policy", "writ" } do
      local schema = ("contracts/%s.schema.json"):format(name)
      assert.equal(servers.read_file(schema), servers.read_file(path("schemas/" .. schema)))
    end
    assert.equal("", shell("find %s -type f -empty; find %s -type f ! -perm 644", path "schemas", path "schemas"))
  end)

  it("makes the folders above, takes an empty one, and one where git has begun", function()
    assert.equal(0, select(3, init(path "a/b/c/")))
    os.execute("mkdir -p " .. path "empty" .. " " .. path "cloned/.git")
    assert.equal(0, select(3, init(path "cloned")))
    local writ = servers.capture("readlink -f " .. servers.writ):gsub("%s+$", "")
    assert.matches("files are in %.\n", shell("cd %s && %s init .", path "empty", writ))
    assert.matches("^# empty\n", servers.read_file(path "empty/README.md"))
  end)

  it("calls the app as its folder, whatever that is", function()
    local name = [[Ada's "Café" \ #1]]
    assert.equal(0, select(3, init(servers.quote(path(name)))))
    assert.equal(name, json.decode(servers.read_file(path(name .. "/writ.json"))).api.title)
    assert.matches("docker build -t ada-s-caf-1 .", servers.read_file(path(name .. "/README.md")), 1, true)
    assert.equal(0, select(3, servers.run("check " .. servers.quote(path(name)))))
  end)

  it("overwrites nothing: it names what is in the way", function()
    os.execute("mkdir -p " .. path "taken/src")
    write("taken/README.md", "mine")
    local out, err, code = init(path "taken")
    assert.equal("", out)
    assert.equal(1, code)
    assert.matches("taken: is not empty, and nothing is ever overwritten: in the way are README.md, src\n$", err)
    assert.equal("mine", servers.read_file(path "taken/README.md"))
    assert.equal("README.md\nsrc\n", shell("ls -A %s", path "taken"))

    write("file", "")
    local _, why, failed = init(path "file")
    assert.equal(1, failed)
    assert.matches("file: Not a directory", why, 1, true)
  end)

  it("takes back what it wrote if it cannot write the rest", function()
    -- No file may have more than 24 times 512 bytes: the first that is larger is like a full disk.
    os.execute("mkdir -p " .. path "full/.git")
    for _, name in ipairs { "full", "new/folder" } do
      local out, code = servers.capture(("ulimit -f 24; %s init %s 2>&1"):format(servers.writ, path(name)))
      assert.equal(1, code)
      assert.matches("/contract.schema.json: cannot be written: File too large", out, 1, true)
    end
    assert.equal(".git\n", shell("ls -A %s", path "full"))
    assert.equal("", shell("ls -d %s 2>/dev/null", path "new"))
  end)

  it("says as JSON what it wrote, or why it did not", function()
    local out, err, code = init("--json " .. path "json")
    assert.equal("", err)
    assert.equal(0, code)
    local document = fits("init", out)
    local files = document.files
    table.sort(files)
    assert.equal(shell("cd %s && find . -type f | cut -c 3- | LC_ALL=C sort", path "json"), table.concat(files, "\n") .. "\n")
    assert.equal(json.null, document.error)
    out, err, code = init("--json " .. path "json")
    assert.equal("", err)
    assert.equal(1, code)
    assert.matches("is not empty", fits("init", out).error)
  end)

  it("needs to be told where", function()
    for _, arguments in ipairs { "", "''", "a b", "--force " .. path "x" } do
      local out, err, code = init(arguments)
      assert.equal("", out)
      assert.equal(2, code)
      assert.matches("%-%-help", err)
    end
  end)
end)

describe("the app that writ init writes", function()
  local server, ada, bob
  setup(function()
    init(path "served")
    server = servers.start { folder = path "served", seed = path "served/tests/fixtures.sql" }
    ada = server:login("ada@example.com", "ada-loves-engines")
    bob = server:login("bob@example.com", "bob-builds-bridges")
  end)
  teardown(function() server:stop() end)

  it("passes its specs", function()
    local report, output = lua54.specs(path "served", "tests")
    assert.same({ passed = 10, failed = 0, errors = 0, pending = 0, failures = {} }, report, output)
  end)

  it("withstands the derived attacks, all of which can be made", function()
    local out, err, code = servers.run("test --only attacks --json " .. path "served")
    assert.equal(0, code, err .. out)
    local attacks = json.decode(out).attacks
    assert.same({ 8, 0, 0 }, { #attacks.contracts, attacks.failed, attacks.not_tried }, out)
  end)

  it("lets people keep their tasks", function()
    local task = server:request("POST", "/tasks", { token = ada, json = { title = " Water the plants " } })
    assert.equal(201, task.status)
    assert.equal("Water the plants", task.json.title)
    local changed = server:request("PATCH", "/tasks/" .. task.json.id, { token = ada, json = { done = true } })
    assert.is_true(changed.json.done)
    assert.equal("Water the plants", changed.json.title)
    assert.equal(2, #server:request("GET", "/tasks?done=true", { token = ada }).json.tasks)
    assert.equal(404, server:request("GET", "/tasks/" .. task.json.id, { token = bob }).status)
    assert.equal(204, server:request("DELETE", "/tasks/" .. task.json.id, { token = ada }).status)
    assert.equal(404, server:request("GET", "/tasks/" .. task.json.id, { token = ada }).status)
  end)

  it("lets people register and log out", function()
    local eve = { email = "eve@example.com", name = "Eve", password = "eve-eats-apples" }
    local registered = server:request("POST", "/users", { json = eve })
    assert.equal(201, registered.status)
    assert.equal("user", registered.json.role)
    local token = registered.json.token
    assert.equal(204, server:request("POST", "/logout", { token = token, json = {} }).status)
    assert.equal(401, server:request("GET", "/tasks", { token = token }).status)
    assert.equal("email_taken", server:request("POST", "/users", { json = eve }).json.code)
  end)
end)
