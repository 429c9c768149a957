-- `writ dev`: an app that is served to whoever writes it, and attacked after every change.
local servers = require "support.server"

describe("writ dev", function()
  local folder, server

  -- As most editors save.
  local function write(path, text)
    servers.replace_file(folder .. "/" .. path, text)
  end

  local function change(path, from, to)
    local text = servers.read_file(folder .. "/" .. path)
    local at, last = text:find(from, 1, true)
    assert(at, path)
    write(path, text:sub(1, at - 1) .. to .. text:sub(last + 1))
  end

  local function start(options)
    server = servers.start { command = ("dev %s %s"):format(options or "--listen 127.0.0.1:0", folder) }
  end

  -- What is said on stdout until a line has these words.
  local function said_until(words)
    local lines = {}
    for line in server.stdout:lines() do
      lines[#lines + 1] = line
      if line:find(words, 1, true) then return table.concat(lines, "\n") end
    end
    error("not said: " .. words .. "\n" .. table.concat(lines, "\n") .. server:log())
  end

  before_each(function()
    folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    local _, err, code = servers.run("init " .. folder .. "/app")
    assert.equal(0, code, err)
    folder = folder .. "/app"
  end)

  after_each(function()
    if not server.ended then assert.equal(0, server:stop()) end
    os.execute("rm -rf " .. folder:match "^(.*)/app$")
  end)

  it("serves on loopback, over the fixtures, whatever writ.json says", function()
    change("writ.json", '"listen": "127.0.0.1:8080"', '"listen": "0.0.0.0:0"')
    start()
    assert.equal("Write Note G", server:request("GET", "/tasks?done=false",
      { token = server:login("ada@example.com", "ada-loves-engines") }).json.tasks[1].title)
    assert.equal(401, server:request("GET", "/tasks").status)
    assert.truthy(server:request("GET", "/tasks").json.debug.help)
    server:stop()
    assert.has_error(function() start "--listen 0.0.0.0:0" end)
  end)

  it("opens no data outside of the app unless it is told to", function()
    start()
    local elsewhere = folder:match "^(.*)/app$" .. "/elsewhere"
    assert(os.execute("mkdir " .. elsewhere))
    server:stop()
    for value, link in pairs { [elsewhere] = "true", ["../elsewhere"] = "true",
      link = ("ln -s ../elsewhere %s/link"):format(folder) } do
      assert(os.execute(link))
      write("writ.json", ('{ "listen": "127.0.0.1:0", "data": "%s" }'):format(value))
      local _, err, code = servers.run("dev " .. folder)
      assert.equal(1, code)
      assert.matches("writ.json keeps the data outside of the app, in .*elsewhere:" , (err:gsub("/link:", "/elsewhere:")))
      assert.equal("", servers.capture("ls -A " .. elsewhere))
    end
    start(("--listen 127.0.0.1:0 --data %s"):format(elsewhere))
    assert.matches("writ.db", servers.capture("ls -A " .. elsewhere), 1, true)
  end)

  it("makes no key of the audit log outside of the app", function()
    local elsewhere = folder:match "^(.*)/app$" .. "/elsewhere"
    assert(os.execute("mkdir " .. elsewhere))
    assert(os.execute(("ln -s ../elsewhere %s/link"):format(folder)))
    local options = folder .. " --listen 127.0.0.1:0"
    for _, value in ipairs { elsewhere .. "/new/audit.key", "../elsewhere/new/audit.key", "link/audit.key" } do
      write("writ.json", ('{ "audit": { "key_file": "%s" } }'):format(value))
      local _, err, code = servers.run("dev " .. options)
      assert.equal(1, code)
      assert.matches("writ.json keeps the key of the audit log outside of the app, in .*/audit.key: set WRIT_AUDIT_KEY", err)
      assert.equal("", servers.capture("ls -A " .. elsewhere))
    end
    start() -- with WRIT_AUDIT_KEY
    assert.equal("", servers.capture("ls -A " .. elsewhere))
  end)

  it("attacks the contract whose handler was saved, and only that", function()
    start()
    change("app/handlers/tasks/create.lua", ", 201", ", 202")
    local said = said_until "attacks on"
    assert.matches("POST /tasks +FAIL", said)
    assert.matches("status 202 is not declared", said, 1, true)
    assert.matches("attacks on 1 contract:", said, 1, true)
    assert.matches(("'http://127.0.0.1:%d/tasks'"):format(server.port), said, 1, true)
    change("app/handlers/tasks/create.lua", ", 202", ", 201")
    assert.matches(" 0 failed", said_until "attacks on 1 contract:", 1, true)
  end)

  it("attacks all contracts when something changed that they share", function()
    start()
    change("contracts/policy.json", '"body": "64KB"', '"body": "32KB"')
    assert.matches(" 0 failed", said_until "attacks on 8 contracts:", 1, true)
  end)

  it("says what is likely to be wrong with a handler that was saved", function()
    start()
    assert.equal("", servers.without_warning(server:log()))
    change("app/handlers/tasks/read.lua", "return ctx.db.tasks.read()", "return { id = ctx.db.tasks.read().id }")
    said_until "attacks on"
    assert.matches("app/handlers/tasks/read.lua:%d+:%d+: error W0653", server:log())
  end)

  it("says what is wrong with a contract, and goes on serving", function()
    start()
    change("contracts/tasks/list.json", '"route"', '"roote"')
    server:await_log "contracts/tasks/list.json:"
    assert.equal(401, server:request("GET", "/tasks").status)
  end)

  it("runs no attacks where it is told so, and ends while some run", function()
    start "--listen 127.0.0.1:0 --no-attacks"
    change("app/handlers/tasks/create.lua", ", 201", ", 202")
    server:await_log "generation 2"
    server:stop()
    start()
    change("contracts/policy.json", '"body": "64KB"', '"body": "32KB"')
    server:await_log "generation 2"
  end)

  it("takes its attacks with it when it is killed", function()
    local function comm(pid) return servers.capture(("cat /proc/%s/comm 2>/dev/null"):format(pid)):gsub("%s+$", "") end
    local function attacker()
      for pid in servers.read_file(("/proc/%s/task/%s/children"):format(server.pid, server.pid)):gmatch "%d+" do
        if comm(pid) == "writ-beside" then return pid end
      end
    end
    local function await(condition)
      local deadline = os.time() + 20
      while not condition() and os.time() < deadline do end
      return condition()
    end
    start()
    change("contracts/policy.json", '"body": "64KB"', '"body": "32KB"')
    local pid = assert(await(attacker), server:log())
    os.execute("kill -STOP " .. pid) -- it does not come to its end by itself
    os.execute("kill -KILL " .. server.pid)
    local gone = await(function() return comm(pid) ~= "writ-beside" end)
    os.execute(("kill -KILL %s 2>/dev/null"):format(pid))
    server:wait()
    assert.is_true(gone)
  end)
end)
