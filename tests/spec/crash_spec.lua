-- SIGKILL at random moments while clients write: what was acknowledged is there afterwards, each effect has its audit
-- row, none is half done, and the chain is intact. `./dev crash ROUNDS` runs more rounds; WRIT_TEST_SEED repeats a run.
local servers = require "support.server"
local folder = require "support.folder"
local socket = require "socket"
local json = require "cjson"

local rounds = tonumber(os.getenv "WRIT_CRASH_ROUNDS" or 20)
local seed = tonumber(os.getenv "WRIT_TEST_SEED" or os.time())
local clients = 16

-- A write of two rows, in one call: both are there, or none.
local app = {
  ["contracts/policy.json"] = [[{
    "tables": { "entries": { "shared": "It is tested" } }, "unowned": []
  }]],
  ["contracts/migrations/0001_base.sql"] =
    "CREATE TABLE entries (id TEXT NOT NULL PRIMARY KEY, call TEXT NOT NULL, amount INTEGER NOT NULL) STRICT;",
  ["contracts/queries/users.sql"] = false,
  ["contracts/queries/notes.sql"] = false,
  ["contracts/notes/one.json"] = false,
  ["app/handlers/notes/one.lua"] = false,
  ["contracts/queries/q.sql"] = [[
    -- name: debit :exec
    INSERT INTO entries (id, call, amount) VALUES (new_id(), :new_id, -:amount);
    -- name: credit :one
    INSERT INTO entries (id, call, amount) VALUES (:new_id, :new_id, :amount) RETURNING id;]],
  ["contracts/move.json"] = json.encode {
    summary = "It is tested",
    route = "POST /move",
    requires = {
      auth = "public",
      reason = "It is tested",
      rate_limit = { { limit = 1000000, per = "1m", by = "ip" } },
      validates = {
        type = "object",
        properties = { amount = { type = "integer" } },
        required = { "amount" },
      },
    },
    uses = { queries = { "q.debit", "q.credit" } },
    ensures = {
      returns = { ["201"] = { type = "object", properties = { id = { type = "string" } } } },
      errors = { unwilling = { status = 418 } },
      audit = "moved",
    },
  },
  -- Every seventh is refused half-way.
  ["app/handlers/move.lua"] = [[return function(input, ctx)
    ctx.db.q.debit()
    if input.amount % 7 == 0 then ctx.fail "unwilling" end
    return ctx.db.q.credit(), 201
  end]],
}

describe("a server that is killed", function()
  local path, remove, data

  setup(function()
    path, remove = folder.make(app)
    math.randomseed(seed)
  end)

  teardown(function() remove() end)

  local amount = 0
  local function request()
    amount = amount + 1
    local body = ('{"amount":%d}'):format(amount)
    return ("POST /move HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
      :format(#body, body)
  end

  -- Writes until the server is gone; adds what it acknowledged.
  local function write_until_killed(server, acknowledged)
    local open, buffers = {}, {}
    for i = 1, clients do
      local connection = server:connect()
      connection:send(request())
      open[i] = connection.client
      buffers[connection.client] = ""
    end
    local kill_at = socket.gettime() + 0.02 + math.random() * 0.3
    while #open > 0 do
      if kill_at and socket.gettime() >= kill_at then
        os.execute("kill -KILL " .. server.pid)
        kill_at = nil
      end
      for _, client in ipairs((socket.select(open, nil, 0.01))) do
        client:settimeout(0)
        local all, problem, part = client:receive "*a"
        local bytes = buffers[client] .. (all or part or "")
        local id = bytes:match '^HTTP/1.1 201 .-\r\n\r\n{"id":"([^"]+)"}$'
        if id then acknowledged[#acknowledged + 1] = id end
        local whole = bytes:match "^HTTP/1.1 %d+ .-\r\n\r\n{.*}$"
        buffers[client] = whole and "" or bytes
        if whole and problem == "timeout" then client:send(request()) end
        if problem ~= "timeout" then
          for i, other in ipairs(open) do
            if other == client then table.remove(open, i) break end
          end
          client:close()
        end
      end
    end
  end

  it(("keeps what it acknowledged (%d rounds, seed %d)"):format(rounds, seed), function()
    local acknowledged = {}
    for round = 1, rounds do
      if round % 20 == 1 then -- each round looks at all that there is
        if data then os.execute("rm -rf " .. data) end
        data, acknowledged = servers.capture("mktemp -d"):gsub("%s+$", ""), {}
      end
      local server = servers.start { folder = path, data = data, dev = false }
      write_until_killed(server, acknowledged)
      server:wait()

      server = servers.start { folder = path, data = data, dev = false }
      local there = {}
      for _, row in ipairs(server:rows "SELECT call FROM entries WHERE amount > 0") do there[row.call] = true end
      for _, id in ipairs(acknowledged) do assert.truthy(there[id], "acknowledged, and gone: " .. id) end
      assert.equal(0, server:value "SELECT coalesce(sum(amount), 0) FROM entries")
      assert.equal(server:value "SELECT count(DISTINCT call) FROM entries",
        server:value "SELECT coalesce(sum(count), 0) FROM writ_audit WHERE outcome = 'ok'")
      assert.equal(0, server:stop())
      local out, code = servers.capture(("WRIT_AUDIT_KEY=%s %s audit verify --data %s %s 2>&1"):format(("5a"):rep(32),
        servers.quote(servers.writ), data, path))
      assert.equal(0, code, out)
    end
    assert.truthy(#acknowledged > 0)
    os.execute("rm -rf " .. data)
  end)
end)
