-- Supervisor and workers: who dies, hangs or is stopped, and what clients notice of it.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local function describe_route(route, more)
  local contract = {
    summary = "It is tested",
    route = route,
    requires = {
      auth = "public",
      reason = "It is tested",
      validates = { type = "object", properties = { ms = { type = "integer", minimum = 0, default = 0 } } },
    },
    uses = { sleep = true },
    ensures = { returns = { type = "string" } },
    limits = { total = "30s" },
  }
  for name, value in pairs(more or {}) do contract.requires[name] = value end
  return json.encode(contract)
end

describe("a server of several processes", function()
  local server, path, remove

  local function start(options, writ_json)
    path, remove = folder.make {
      ["contracts/nap.json"] = describe_route "GET /nap",
      ["app/handlers/nap.lua"] = "return function(input, ctx) ctx.sleep(input.ms) return 'rested' end\n",
      ["contracts/rare.json"] = describe_route("GET /rare", { rate_limit = { { limit = 7, per = "1h", by = "ip" } } }),
      ["app/handlers/rare.lua"] = "return function() return 'yes' end\n",
      ["writ.json"] = json.encode(writ_json or json.null),
    }
    if not writ_json then os.remove(path .. "/writ.json") end
    options = options or {}
    options.folder = path
    options.workers = options.workers or 2
    server = servers.start(options)
  end

  local function await(what, is_so) return server:await(what, is_so) end

  local gone = servers.is_gone

  after_each(function()
    if not server.ended then assert.equal(0, server:stop()) end
    remove()
  end)

  it("counts rates together", function()
    start { workers = 4 }
    local counts = {}
    for _ = 1, 60 do
      local status = server:request("GET", "/rare").status
      counts[status] = (counts[status] or 0) + 1
    end
    assert.same({ [200] = 7, [429] = 53 }, counts)
  end)

  it("replaces a worker that dies; the others never notice", function()
    start()
    local before, connections, count = server:workers(), {}, 40
    for i = 1, count do
      connections[i] = server:connect()
      assert.equal("rested", connections[i]:request("GET", "/nap").json)
    end
    os.execute("kill -KILL " .. before[1])
    server:await_log "was ended by signal 9"
    await("it is replaced", function() return #server:workers() == 2 end)
    local alive = 0
    for i = 1, count do
      local sent, reply = pcall(connections[i].request, connections[i], "GET", "/nap")
      if sent and reply then alive = alive + 1 end
    end
    assert.is_true(alive > 0 and alive < count, alive)
    for _ = 1, 20 do assert.equal("rested", server:request("GET", "/nap").json) end
  end)

  it("kills a worker that hangs, and has another in its place", function()
    start({ workers = 1 }, { hang = "2s" })
    local pid = server:workers()[1]
    os.execute("kill -STOP " .. pid)
    await("it is killed", function() return gone(pid) end)
    assert.equal("rested", server:request("GET", "/nap").json)
    assert.matches("worker 0 hangs: it is killed", server:log(), 1, true)
  end)

  -- Like Ctrl-Z in a terminal, and a container that is frozen: workers may wake up last of all.
  it("kills nobody for having been suspended together with it", function()
    start({ workers = 1 }, { hang = "2s" })
    local pid = server:workers()[1]
    os.execute(("kill -STOP %s %s"):format(server.pid, pid))
    os.execute "sleep 2.2"
    os.execute("kill -CONT " .. server.pid)
    for count = 1, 2 do -- in two turns of its loop: it has looked
      os.execute("kill -HUP " .. server.pid)
      await("it is asked", function() return select(2, server:log():gsub("again on SIGHUP", "")) == count end)
    end
    os.execute("kill -CONT " .. pid)
    assert.equal("rested", server:request("GET", "/nap").json)
    assert.same({ pid }, server:workers())
    assert.is_nil(server:log():find("hangs", 1, true))
  end)

  it("does not start where another server listens, rather than sharing its clients", function()
    start()
    local data = servers.capture("mktemp -d"):gsub("%s", "")
    local out, err, code = servers.run(("serve --listen 127.0.0.1:%d --data %s %s"):format(server.port, data, path))
    os.execute("rm -r " .. data)
    assert.equal("", out)
    assert.matches("cannot listen on 127.0.0.1 port %d+: Address already in use: end who listens there", err)
    assert.equal(1, code)
  end)

  it("hands on all that it was told, however much that is", function()
    start { arguments = ("--no-access-log "):rep(200) }
    assert.equal("rested", server:request("GET", "/nap").json)
  end)

  it("says which folder is missing, and makes none", function()
    start()
    local _, err, code = servers.run "serve --listen 127.0.0.1:0 /nowhere/app"
    assert.equal("writ: /nowhere/app: the folder of the app cannot be read: No such file or directory\n", err)
    assert.equal(1, code)
    _, err, code = servers.run("serve --listen 127.0.0.1:0 --data /nowhere/data " .. path)
    assert.equal("writ: /nowhere/data: cannot be made: No such file or directory: make the folder that it lies in\n", err)
    assert.equal(1, code)
  end)

  it("says that it may have too little, and ends", function()
    local data = servers.capture("mktemp -d"):gsub("%s", "")
    start()
    for limit = 7, 20 do
      local out, code = servers.capture(("sh -c 'ulimit -n %d; WRIT_AUDIT_KEY=%s exec timeout -k 1 60 %s serve --listen "
        .. "127.0.0.1:0 --workers 4 --data %s %s' 2>&1 </dev/null"):format(limit, ("5a"):rep(32), servers.writ, data, path))
      if not out:find("loading shared libraries", 1, true) then -- too little for any program
        assert.equal(1, code, limit .. ": " .. out)
        assert.matches("[Tt]oo many open files", out)
      end
    end
    os.execute("rm -r " .. data)
  end)

  -- Where its log is closed, or nobody reads it any more: what is opened first takes no standard file's number.
  it("needs no standard files, and nobody who reads them", function()
    start()
    for _, redirected in ipairs { "<&- >&- 2>&-", "</dev/null 2>&1 | true" } do
      local data = servers.capture("mktemp -d"):gsub("%s", "")
      os.execute(("{ sh -c 'echo $$ >%s/pid; WRIT_AUDIT_KEY=%s exec %s serve --listen unix:%s/socket --data %s %s'; "
        .. "echo $? >%s/code; } %s &"):format(data, ("5a"):rep(32), servers.writ, data, data, path, data, redirected))
      local other = setmetatable({ socket = data .. "/socket" }, { __index = getmetatable(server).__index })
      await("it listens", function() return pcall(other.connect, other) end)
      assert.equal("rested", other:request("GET", "/nap").json)
      os.execute("kill -TERM " .. servers.read_file(data .. "/pid"))
      await("it ends", function() return servers.capture(("cat %s/code 2>/dev/null"):format(data)) ~= "" end)
      assert.equal("0\n", servers.read_file(data .. "/code"))
      os.execute("rm -r " .. data)
    end
  end)

  it("lets requests finish on SIGTERM, takes no others, and is gone", function()
    start()
    local idle, busy = server:connect(), {}
    assert.equal("rested", idle:request("GET", "/nap").json)
    for i = 1, 10 do
      busy[i] = server:connect()
      busy[i]:send "GET /nap?ms=1000 HTTP/1.1\r\nHost: test\r\n\r\n"
    end
    -- All of them have begun: they are counted.
    os.execute("kill -TERM " .. server.pid)
    for i = 1, 10 do
      local reply = assert(busy[i]:receive())
      assert.equal("rested", reply.json)
      assert.equal("close", reply.headers.connection)
    end
    assert.equal(0, server:wait())
  end)

  it("cuts off what does not finish in time", function()
    start({}, { drain = "200ms" })
    local connection = server:connect()
    connection:send "GET /nap?ms=25000 HTTP/1.1\r\nHost: test\r\n\r\n"
    assert.equal("rested", server:request("GET", "/nap").json)
    os.execute("kill -TERM " .. server.pid)
    assert.is_nil(connection:receive())
    assert.equal(0, server:wait())
  end)

  it("ends when its supervisor is killed", function()
    start()
    local pids = server:workers()
    assert.equal(2, #pids)
    server:kill "KILL"
    for _, pid in ipairs(pids) do await("it ends", function() return gone(pid) end) end
  end)

  it("does not end when its terminal says goodbye to all of them", function()
    start()
    for _, pid in ipairs(server:workers()) do os.execute(("kill -INT %s; kill -HUP %s"):format(pid, pid)) end
    assert.equal("rested", server:request("GET", "/nap").json)
    assert.equal(2, #server:workers())
  end)

  it("listens on a unix socket, also where a dead server has left one", function()
    local name = servers.capture("mktemp -u --suffix=.sock"):gsub("%s", "")
    for _ = 1, 2 do
      start { listen = "unix:" .. name }
      for _ = 1, 20 do assert.equal("rested", server:request("GET", "/nap").json) end
      server:kill "KILL"
      remove()
    end
    os.remove(name)
    start()
  end)

  -- systemd's part is played by perl, which is on every Debian: it listens, and becomes the server.
  local activate = [[perl -MSocket -MPOSIX -e '
    BEGIN { $^F = 10; $| = 1 }
    socket(S, AF_INET, SOCK_STREAM, 0) && bind(S, sockaddr_in(0, INADDR_LOOPBACK)) && listen(S, 100) or die $!;
    my ($port) = sockaddr_in(getsockname S);
    POSIX::dup2(fileno(S), 3);
    print "listening on :$port\n";
    $ENV{LISTEN_FDS} = 1;
    $ENV{LISTEN_PID} = $$;
    shift @ARGV;
    exec @ARGV' ]]

  it("takes over the sockets of a service manager, and tells it how it is doing", function()
    local name = servers.capture("mktemp -u --suffix=.notify"):gsub("%s", "")
    local manager = require "socket.unix".dgram()
    assert(manager:bind(name))
    manager:settimeout(servers.patience_s)
    start { environment = ("exec env NOTIFY_SOCKET=%s WATCHDOG_USEC=2000000 WRIT_AUDIT_KEY=%s %s"):format(name, ("5a"):rep(32),
      (activate:gsub("\n%s*", " "))) }
    assert.equal("rested", server:request("GET", "/nap").json) -- whoever comes early waits
    assert.equal("READY=1", manager:receive())
    assert.equal("WATCHDOG=1", manager:receive())
    os.execute("kill -HUP " .. server.pid)
    local said
    repeat said = manager:receive() until said ~= "WATCHDOG=1"
    assert.matches("^RELOADING=1\nMONOTONIC_USEC=%d+$", said)
    repeat said = manager:receive() until said ~= "WATCHDOG=1"
    assert.equal("READY=1", said)
    assert.equal(0, server:stop())
    repeat said = manager:receive() until said ~= "WATCHDOG=1"
    assert.equal("STOPPING=1", said)
    manager:close()
    os.remove(name)
  end)
end)
