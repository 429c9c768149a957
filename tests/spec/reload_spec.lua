-- An app that changes while it is served: by people who save files, and by deployments.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local function contract(value, sleeps)
  return json.encode {
    summary = "It is tested",
    route = "GET /value",
    requires = {
      auth = "public",
      reason = "It is tested",
      validates = { type = "object", properties = { ms = { type = "integer", minimum = 0, default = 0 } } },
    },
    uses = { queries = { "value.one" }, sleep = sleeps or nil },
    ensures = {
      returns = {
        type = "object",
        properties = { lua = { const = value }, sql = { const = value } },
        required = { "lua", "sql" },
      },
    },
    limits = { total = "30s" },
  }
end

-- Handler, query and contract say the same number, or the reply is a breach.
local function version(number, sleeps)
  return {
    ["contracts/value.json"] = contract(number, sleeps),
    ["contracts/queries/value.sql"] = ("-- name: one :value\nSELECT %d;\n"):format(number),
    ["app/handlers/value.lua"] = ([[
return function(input, ctx)
  local sql = ctx.db.value.one()
  %s
  return { lua = %d, sql = sql }
end]]):format(sleeps and "ctx.sleep(input.ms)" or "", number),
  }
end

describe("an app that changes while it is served", function()
  local server, path, remove

  local function write(name, text)
    servers.write_file(path .. "/" .. name, text)
  end

  -- At once: half of it would be a version, too.
  local function write_all(files)
    server:at_once(function()
      for name, text in pairs(files) do write(name, text) end
    end)
  end

  local function start(files, options)
    path, remove = folder.make(files)
    options = options or {}
    options.folder = path
    server = servers.start(options)
  end

  local function value()
    local reply = server:request("GET", "/value")
    return reply.status == 200 and reply.json.lua or reply.json.code
  end

  -- Asks again and again until it is so; every answer on the way must be one of those before.
  local function await(wanted, ...)
    local allowed = { [wanted] = true }
    for _, before in ipairs { ... } do allowed[before] = true end
    server:await(wanted, function()
      local last = value()
      assert.truthy(allowed[last], tostring(last) .. "\n" .. server:log())
      return last == wanted
    end)
  end

  local function await_log(words) server:await_log(words) end

  after_each(function()
    assert.equal(0, server:stop())
    remove()
  end)

  it("is served as it was or as it is, and never in between", function()
    start(version(1), { workers = 2 })
    for number = 2, 6 do
      write_all(version(number))
      await(number, number - 1, number - 2) -- the other worker may take a moment longer
    end
  end)

  it("is loaded again on SIGHUP, and only then if files are not watched", function()
    local files = version(1)
    files["writ.json"] = [[{ "reload": { "watch": false } }]]
    start(files, { dev = false })
    write_all(version(2))
    for _ = 1, 20 do assert.equal(1, value()) end
    os.execute("kill -HUP " .. server.pid)
    await(2, 1)
  end)

  -- As soon as there is another process than the supervisor, which is still far from serving then.
  local function meanwhile(command)
    return ("WRIT_AUDIT_KEY=%s exec bash -c 'pid=$$; (until pgrep -P $pid writ- >/dev/null; do kill -0 $pid || exit; done; %s) & "
      .. 'shift; exec "$@"' .. "' sh"):format(("5a"):rep(32), command)
  end

  it("is loaded again also if that is asked for while it starts", function()
    start(version(1), { dev = false, environment = meanwhile "kill -HUP $pid" })
    await_log "the app has been loaded again: generation 2"
  end)

  it("is served as it is, not as it was when it began to start", function()
    local new, remove_new = folder.make(version(2))
    start(version(1), { environment = meanwhile(("cp -r %s/. ${@: -1}"):format(new)) })
    await(2, 1, "contract_breach") -- one file is copied after the other
    remove_new()
  end)

  it("goes on as before while a contract, a query or the policy is wrong, and says where", function()
    start(version(1))
    local sql = version(1)["contracts/queries/value.sql"]
    write("contracts/value.json", (contract(2):gsub('"auth"', '"auht"')))
    await_log "contracts/value.json:1:"
    write("contracts/value.json", contract(1))
    write("contracts/queries/value.sql", "-- name: one :value\nSELECT x FROM nowhere;\n")
    await_log "no such table: nowhere"
    write("contracts/queries/value.sql", sql)
    write("contracts/policy.json", "{")
    await_log "contracts/policy.json:1:2: this is not JSON"
    for _ = 1, 20 do assert.equal(1, value()) end
    write("contracts/policy.json", folder.base["contracts/policy.json"])
    write_all(version(2))
    await(2, 1)
  end)

  it("keeps a handler's last good version, under the new contract", function()
    start(version(1))
    write("app/handlers/value.lua", "return function(")
    await_log "its last good version goes on serving"
    assert.equal(1, value())
    write("contracts/value.json", contract(2))
    await("contract_breach", 1)
    write_all(version(2))
    await(2, "contract_breach")
    os.remove(path .. "/app/handlers/value.lua")
    await("handler_unavailable", 2)
    write_all(version(3))
    await(3, "handler_unavailable", 2, "contract_breach")
  end)

  it("is read once editors and copies are done with it", function()
    start(version(1))
    -- Renamed over, as editors do it, with their own files beside.
    write("app/handlers/.value.lua.swp", "junk")
    write("app/handlers/4913", "")
    os.remove(path .. "/app/handlers/4913")
    server:at_once(function()
      for name, text in pairs(version(2)) do
        write(name .. "~", text)
        os.rename(path .. "/" .. name .. "~", path .. "/" .. name)
      end
    end)
    await(2, 1)
    -- In pieces.
    local lua = version(3)["app/handlers/value.lua"]
    local files = version(3)
    files["app/handlers/value.lua"] = nil
    local file = assert(io.open(path .. "/app/handlers/value.lua", "w"))
    for i = 1, #lua do
      file:write(lua:sub(i, i))
      file:flush()
    end
    file:close()
    write_all(files)
    await(3, 2, "contract_breach")
    -- A whole folder, put in place of the other.
    os.execute(("cp -r %s/app %s/new && mv %s/app %s/old"):format(path, path, path, path))
    local new = version(4)
    write("new/handlers/value.lua", new["app/handlers/value.lua"])
    new["app/handlers/value.lua"] = nil
    os.execute(("mv %s/new %s/app"):format(path, path))
    write_all(new)
    await(4, 3, "contract_breach", "handler_unavailable")
  end)

  it("lets a request end with what it began with", function()
    start(version(1, true))
    local connection = server:connect()
    connection:send "GET /value?ms=3000 HTTP/1.1\r\nHost: test\r\n\r\n"
    assert.equal(1, value()) -- who came later has been answered: it has begun
    write_all(version(2, true))
    await(2, 1)
    assert.same({ lua = 1, sql = 1 }, connection:receive().json)
    -- The same connection, another generation.
    assert.same({ lua = 2, sql = 2 }, connection:request("GET", "/value").json)
    connection:close()
  end)

  it("applies no migration while it is served", function()
    start(version(1))
    write("contracts/migrations/0002_more.sql", "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;")
    await_log "migration 0002_more.sql is pending"
    assert.equal(1, value())
    assert.equal(0, #server:rows "SELECT 1 FROM sqlite_schema WHERE name = 'more'")
  end)

  it("makes no new database in the place of one that is gone", function()
    start(version(1))
    os.execute("rm " .. server.data .. "/writ.db*")
    os.execute("kill -HUP " .. server.pid)
    await_log "No such file or directory, while it is served: put it back"
    assert.equal(1, value())
    assert.is_nil(io.open(server.data .. "/writ.db"))
  end)

  it("is loaded again when another folder, or a link to one, takes its place", function()
    start(version(1))
    local new = folder.make(version(2))
    os.execute(("mv %s %s.1 && mv %s %s"):format(path, path, new, path))
    await(2, 1)
    new = folder.make(version(3))
    os.execute(("mv %s %s.2 && ln -s %s %s"):format(path, path, new, path))
    await(3, 2)
    write("contracts/value.json", contract(4))
    await("contract_breach", 3)
    os.execute(("rm -r %s.1 %s.2 %s"):format(path, path, new))
  end)

  -- How many descriptors a worker may have, so that it can open `more`: the numbers below count.
  local function descriptor_limit(pid, more)
    local used, limit = {}, -1
    for number in servers.capture(("ls /proc/%s/fd"):format(pid)):gmatch "%d+" do used[tonumber(number)] = true end
    for _ = 0, more do
      repeat limit = limit + 1 until not used[limit]
    end
    return limit
  end

  for more, what in pairs { [0] = "receive", "load" } do
    it(("loses no request where a worker cannot %s it, and is replaced"):format(what), function()
      start(version(1, true))
      local connection = server:connect()
      connection:send "GET /value?ms=3000 HTTP/1.1\r\nHost: test\r\n\r\n"
      local other = server:connect() -- stays, that no descriptor comes free while they are counted
      assert.equal(1, other:request("GET", "/value").json.lua)
      local pid = server:workers()[1]
      local limit = descriptor_limit(pid, more)
      assert(os.execute(("prlimit --pid %s --nofile=%d:%d"):format(pid, limit, limit)))
      write_all(version(2, true))
      await_log "worker 0 is replaced"
      assert.same({ lua = 1, sql = 1 }, connection:receive().json)
      await(2, 1)
      assert.is_not.equal(pid, server:workers()[1])
    end)
  end

  it("keeps its database until it is started again", function()
    start(version(1))
    write("writ.json", [[{ "user": "nobody", "listen": "127.0.0.1:1" }]])
    await_log "`data` and `user` change with a restart only"
    assert.equal(1, value())
    write("writ.json", [[{ "admin": {} }]])
    await_log "where it listens and how many workers it has change with a restart only"
    assert.equal(1, value())
  end)

  it("is never served by half a worker: one that cannot load it is replaced", function()
    start(version(1), { workers = 2 })
    for number = 2, 4 do
      for _, pid in ipairs(server:workers()) do os.execute("kill -KILL " .. pid) end
      write_all(version(number))
      await(number, number - 1, number - 2)
    end
  end)
end)
