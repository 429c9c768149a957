-- A server under load of several kinds (bench/http/siege/), in short; `./dev siege` and its like take longer. Only
-- what was answered and what was lost counts here, never how long it took.
local servers = require "support.server"
local socket = require "socket"

package.path = "bench/http/?.lua;" .. package.path
local example = require "example"
local sieges = require "sieges"
local traffic = require "traffic"
local upheaval = require "upheaval"
local program = servers.writ:gsub("[^/]*$", "") .. "bench/bench_siege"

-- One client, one request after another.
local function begin(port, requests, options)
  local party = { "healthy", requests = requests, rate = 1000 }
  for name, value in pairs(options or {}) do party[name] = value end
  return sieges.start(program, { port = port, seconds = 60, parties = { party } })
end

-- What counts as a failure is told by a server that fails in each way.
describe("bench_siege", function()
  local listener, port

  setup(function()
    listener = assert(socket.bind("127.0.0.1", 0))
    listener:settimeout(servers.patience_s)
    port = select(2, listener:getsockname())
  end)

  teardown(function() listener:close() end)

  local good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

  local function accept()
    local client = assert(listener:accept())
    client:settimeout(servers.patience_s)
    return client
  end

  -- Reads a request and answers with these bytes.
  local function answer(client, bytes)
    repeat local line = assert(client:receive "*l") until line == ""
    assert(client:send(bytes))
  end

  -- What it says of so many requests; `serve` plays the server.
  local function result_of(requests, serve, options)
    local siege = begin(port, requests, options)
    serve()
    return siege:finish().healthy
  end

  local function assert_counts(expected, party)
    for _, name in ipairs { "reset", "closed", "timeout", "malformed", "refused", "status" } do
      assert.equal(expected[name] or 0, party[name], name)
    end
    assert.equal(expected.answered, party.answered)
    assert.equal(expected.lost or 0, party.lost)
    assert.equal(expected.failed or 0, party.failed)
  end

  it("counts what is answered", function()
    local party = result_of(3, function()
      local client = accept()
      for _ = 1, 2 do answer(client, good) end
      answer(client, good:sub(1, 20)) -- in pieces
      client:send(good:sub(21, -2))
      client:send(good:sub(-1))
      client:close()
    end)
    assert_counts({ answered = 3 }, party)
    assert.same({ 3, 1 }, { party.sent, party.opened })
  end)

  it("counts a reply that breaks off, and one that never begins", function()
    assert_counts({ answered = 0, closed = 2, lost = 2, failed = 2 }, result_of(2, function()
      for _, bytes in ipairs { good:sub(1, -2), "" } do
        local client = accept()
        answer(client, bytes)
        client:close()
      end
    end))
  end)

  it("counts a connection that is reset", function()
    assert_counts({ answered = 0, reset = 1, lost = 1, failed = 1 }, result_of(1, function()
      local client = accept()
      answer(client, "")
      client:setoption("linger", { on = true, timeout = 0 })
      client:close()
    end))
  end)

  it("counts another status, and a reply without a length", function()
    assert_counts({ answered = 1, status = 1, malformed = 1, lost = 1, failed = 2 }, result_of(2, function()
      local client = accept()
      answer(client, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
      answer(client, "HTTP/1.1 200 OK\r\n\r\n")
      client:receive "*a"
      client:close()
    end))
  end)

  it("counts what is not answered in time", function()
    assert_counts({ answered = 0, timeout = 1, lost = 1, failed = 1 }, result_of(1, function()
      local client = accept()
      answer(client, good:sub(1, -2))
      client:receive "*a" -- until it gives up
      client:close()
    end, { timeout = 0.1 }))
  end)

  it("counts where nobody listens", function()
    local taken = assert(socket.tcp()) -- so that nobody else takes it
    assert(taken:bind("127.0.0.1", 0))
    local nobody = select(2, taken:getsockname())
    assert_counts({ answered = 0, refused = 2, failed = 2 }, begin(nobody, 2):finish().healthy)
    taken:close()
  end)

  it("has nothing against a server that says that it closes", function()
    local party = result_of(2, function()
      for _ = 1, 2 do
        local client = accept()
        answer(client, (good:gsub("\r\n", "\r\nConnection: close\r\n", 1)))
        client:close()
      end
    end)
    assert_counts({ answered = 2 }, party)
    assert.equal(2, party.said_close)
  end)

  -- Its last words come with the reply, so that it is idle for certain.
  it("has nothing against a server that closes an idle connection", function()
    local party = result_of(2, function()
      for _ = 1, 2 do
        local client = accept()
        answer(client, good .. "HTTP/1.1 408 Request Timeout\r\n")
        client:close()
      end
    end)
    assert_counts({ answered = 2 }, party)
    assert.equal(2, party.closed_idle)
  end)
end)

describe("a server under load", function()
  local folder, server, sieging, besieged

  before_each(function()
    folder = upheaval.make(servers.capture("mktemp -d"):gsub("%s+$", ""))
    server = servers.start { folder = folder, dev = false, seed = "tests/fixtures.sql", arguments = "--workers 2" }
  end)

  after_each(function()
    if sieging then sieging:stop() sieging:finish() end
    sieging = nil
    if not server.ended then server:stop() end
    os.execute("rm -rf " .. folder)
  end)

  -- Some who stay, some who come anew each time, some who do all that the example can, and some whose requests take a
  -- tenth of a second.
  local function besiege()
    local targets = folder .. "/targets"
    traffic.write(targets, example.log_in(server.port, example.ada), example.log_in(server.port, example.bob))
    sieging = sieges.start(program, { port = server.port, seconds = 600, parties = {
      { "healthy", name = "kept", clients = 8, path = "/version", timeout = 60 },
      { "healthy", name = "new", clients = 8, rate = 50, renew = 1, path = "/version", timeout = 60 },
      { "healthy", name = "mixed", clients = 8, rate = 200, targets = targets, timeout = 60 },
      { "healthy", name = "waiting", clients = 8, path = "/nap", timeout = 60 },
    } })
    sieging:line() -- all have begun
  end

  -- Of all parties together.
  local function finish(name, ...)
    if sieging then
      sieging:stop()
      besieged, sieging = sieging:finish(), nil
    end
    local count = 0
    for _, party in ipairs { "kept", "new", "mixed", "waiting" } do count = count + besieged[party][name] end
    if ... then return count, finish(...) end
    return count
  end

  it("reloads without anybody noticing", function()
    local watcher = upheaval.watch(server.port)
    besiege()
    for version = 2, 6 do
      upheaval.change(folder, version)
      upheaval.hang_up(server.pid)
      assert.truthy(watcher:wait(version))
    end
    watcher:close()
    assert.equal(0, finish "failed")
  end)

  it("loses with a worker only what that had under way", function()
    local watcher, held = upheaval.watch(server.port), 0
    besiege()
    for _ = 1, 5 do
      local victim, connections = upheaval.kill_worker(server.pid)
      assert.truthy(victim)
      held = held + (connections > 0 and connections or 32) -- only root sees a worker's; all clients of the siege are 32
      assert.truthy(watcher:wait(1))
    end
    watcher:close()
    local failed, reset, closed = finish("failed", "reset", "closed")
    assert.equal(reset + closed, failed)
    assert.truthy(failed <= held)
    server:await("it is replaced", function() return #upheaval.workers(server.pid) == 2 end)
  end)

  it("answers what was sent before it was told to end", function()
    besiege()
    assert.equal(0, server:stop())
    local lost, status = finish("lost", "status")
    assert.same({ 0, 0 }, { lost, status })
  end)

  it("serves beside 200 clients that never come to an end", function()
    local slow = sieges.start(program, { port = server.port, seconds = 600, parties = {
      { "slowloris", clients = 200, interval = 0.1, from = "127.0.0.2" } } })
    repeat until slow:line().slowloris.open == 200
    local healthy = begin(server.port, 500, { clients = 8, path = "/version", timeout = 60 }):finish().healthy
    slow:stop()
    assert.truthy(slow:finish().slowloris.opened >= 200)
    assert.same({ 500, 0 }, { healthy.answered, healthy.failed })
  end)
end)
