-- Transfers of 32 clients, in between what a hostile handler or a mistake can do half-way: one call, one transaction.
-- The sum is kept, no balance is ever negative, what was acknowledged is done once, what was refused is not done at
-- all, each of both has its audit row, and whoever shares a batch with the hostile is answered as if alone.
-- WRIT_TEST_SEED repeats a run.
local servers = require "support.server"
local folder = require "support.folder"
local clients = require "support.clients"
local json = require "cjson"

local seed = tonumber(os.getenv "WRIT_TEST_SEED" or os.time())
local clients_count, calls_each, accounts = 32, 24, 8
local balance = 1000

-- Calls that do half of something: what is refused, with which status and
-- reason. `uses` and `handler` begin with the debit.
local hostile = {
  breach = { status = 500, reason = "contract_breach", handler = "ctx.db.q.debit() return { id = 7 }" },
  unwilling = { status = 418, reason = "unwilling", handler = "ctx.db.q.debit() ctx.fail 'unwilling'" },
  raises = { status = 500, reason = "handler_failed", handler = "ctx.db.q.debit() error 'enough'" },
  endless = { status = 500, reason = "handler_deadline", handler = "ctx.db.q.debit() while true do end" },
  -- SQLite drops the whole transaction when a write is interrupted.
  endless_write = { status = 500, reason = "handler_deadline", handler = "ctx.db.q.debit() ctx.db.q.endless()" },
  dangling = { status = 500, reason = "handler_failed", handler = "ctx.db.q.dangling() return { id = ctx.new_id }" },
  greedy = { status = 500, reason = "contract_breach", handler = "ctx.db.q.debit() ctx.db.q.debit() return { id = ctx.new_id }" },
  lopsided = { status = 422, reason = "unbalanced", handler = "ctx.db.q.debit() return { id = ctx.new_id }" },
}

local function contract(name, queries)
  return json.encode {
    summary = "It is tested",
    route = "POST /" .. name,
    requires = {
      auth = "public",
      reason = "It is tested",
      rate_limit = { { limit = 1000000, per = "1m", by = "ip" } },
      validates = {
        type = "object",
        properties = {
          call = { type = "integer" },
          from = { type = "integer", minimum = 1 },
          to = { type = "integer", minimum = 1 },
          amount = { type = "integer", minimum = 1 },
        },
        required = { "call", "from", "to", "amount" },
      },
      rules = { { query = "q.has_enough", error = "poor" } },
    },
    uses = { queries = queries },
    ensures = {
      returns = {
        type = "object",
        properties = { id = { type = "string" } },
        required = { "id" },
      },
      errors = { poor = { status = 409 }, unwilling = { status = 418 }, unbalanced = { status = 422 } },
      holds = { { query = "q.sum_is_kept", error = "unbalanced" } },
      audit = { action = name, record = { "call" } },
    },
    limits = { time = name == "transfer" and "1s" or "10ms" },
  }
end

local app = {
  ["contracts/policy.json"] = [[{
    "tables": { "accounts": { "shared": "It is tested" }, "transfers": { "shared": "It is tested" } }, "unowned": []
  }]],
  ["contracts/migrations/0001_base.sql"] = ([[
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT;
    CREATE TABLE transfers (id TEXT NOT NULL PRIMARY KEY, call INTEGER NOT NULL UNIQUE, amount INTEGER NOT NULL,
      account INTEGER NOT NULL REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
    INSERT INTO accounts SELECT value, %d FROM json_each('[%s]');
  ]]):format(balance, "1,2,3,4,5,6,7,8"),
  ["contracts/queries/users.sql"] = false,
  ["contracts/queries/notes.sql"] = false,
  ["contracts/notes/one.json"] = false,
  ["app/handlers/notes/one.lua"] = false,
  ["contracts/queries/q.sql"] = ([[
    -- name: has_enough :value
    SELECT balance >= :amount FROM accounts WHERE id = :from;
    -- name: sum_is_kept :value
    SELECT sum(balance) = %d FROM accounts;
    -- name: debit :exec
    UPDATE accounts SET balance = balance - :amount WHERE id = :from;
    -- name: credit :exec
    UPDATE accounts SET balance = balance + :amount WHERE id = :to;
    -- name: note :exec
    INSERT INTO transfers (id, call, amount, account) VALUES (:new_id, :call, :amount, :to);
    -- name: dangling :exec
    INSERT INTO transfers (id, call, amount, account) VALUES (:new_id, :call, :amount, 99);
    -- name: endless :exec
    UPDATE accounts SET balance = balance + (
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000) SELECT max(i) FROM n)
    WHERE id = :to;]]):format(balance * accounts),
  ["contracts/transfer.json"] = contract("transfer", { "q.debit", "q.credit", "q.note" }),
  ["app/handlers/transfer.lua"] = [[return function(input, ctx)
    ctx.db.q.debit()
    ctx.db.q.note()
    ctx.db.q.credit()
    return { id = ctx.new_id }
  end]],
}
for name, case in pairs(hostile) do
  app["contracts/" .. name .. ".json"] = contract(name, { "q.debit", "q.dangling", "q.endless" })
  app["app/handlers/" .. name .. ".lua"] = ("return function(input, ctx) %s end"):format(case.handler)
end

local kinds = {}
for name in pairs(hostile) do kinds[#kinds + 1] = name end
table.sort(kinds)

describe("one call, one transaction", function()
  local path, remove, server
  local done, refused = {}, {} -- by number of the call

  setup(function()
    math.randomseed(seed)
    path, remove = folder.make(app)
    server = servers.start { folder = path, dev = false }
    local left = clients_count * calls_each
    clients.run({ server }, clients_count, {
      request = function()
        if left == 0 then return nil end
        left = left - 1
        local kind = math.random() < 0.6 and "transfer" or kinds[math.random(#kinds)]
        local call = { call = left, from = math.random(accounts), to = math.random(accounts), amount = math.random(400) }
        return clients.post("/" .. kind, json.encode(call)), { kind = kind, call = call }
      end,
      reply = function(sent, status, body)
        local seen = { kind = sent.kind, call = sent.call, status = status, body = json.decode(body) }
        local to = status == 200 and done or refused
        to[sent.call.call] = seen
      end,
    })
  end)

  teardown(function() remove() end)

  it(("answers everybody as they deserve (seed %d)"):format(seed), function()
    local count = 0
    for _, seen in pairs(done) do
      count = count + 1
      assert.equal("transfer", seen.kind)
    end
    for _, seen in pairs(refused) do
      count = count + 1
      if seen.body.code ~= "poor" and seen.body.code ~= "rate_limited" then
        assert.truthy(hostile[seen.kind], seen.kind .. ": " .. json.encode(seen.body))
        assert.equal(hostile[seen.kind].status, seen.status, seen.kind .. ": " .. json.encode(seen.body))
      elseif seen.body.code == "rate_limited" then -- overruns cost ten requests each
        assert.equal("endless", seen.kind:sub(1, 7))
      end
    end
    assert.equal(clients_count * calls_each, count)
  end)

  it("keeps the sum, and is never overdrawn", function()
    local expected = {}
    for i = 1, accounts do expected[i] = balance end
    for _, seen in pairs(done) do
      local call = seen.call
      expected[call.from] = expected[call.from] - call.amount
      expected[call.to] = expected[call.to] + call.amount
    end
    for _, row in ipairs(server:rows "SELECT id, balance FROM accounts") do
      assert.equal(expected[row.id], row.balance)
      assert.truthy(row.balance >= 0)
    end
  end)

  it("did what it acknowledged, and nothing else", function()
    local there = {}
    for _, row in ipairs(server:rows "SELECT id, call, amount FROM transfers") do
      there[row.call] = row
      assert.truthy(done[row.call], "refused, and done: " .. row.call)
      assert.equal(done[row.call].body.id, row.id)
      assert.equal(done[row.call].call.amount, row.amount)
    end
    for number in pairs(done) do assert.truthy(there[number]) end
  end)

  it("has an audit row for each", function()
    assert.equal(0, server:kill "TERM") -- what was only counted is written
    local effects, refusals, counted = {}, {}, {}
    for _, row in ipairs(server:rows "SELECT action, outcome, reason, input, request_id, count FROM writ_audit") do
      local why = row.action .. " " .. row.reason
      if row.outcome == "ok" then
        local number = json.decode(row.input).call
        assert.is_nil(effects[number])
        assert.equal(1, row.count)
        effects[number] = row
      else
        if row.count == 1 then refusals[row.request_id] = why end
        counted[why] = (counted[why] or 0) + row.count
      end
    end

    for number in pairs(done) do assert(effects[number], "no audit row: " .. number) end
    for number in pairs(effects) do assert.truthy(done[number]) end

    local expected = {}
    for _, seen in pairs(refused) do
      local code = seen.body.code
      local hidden = code ~= "poor" and code ~= "rate_limited"
      seen.why = seen.kind .. " " .. (hidden and hostile[seen.kind].reason or code)
      expected[seen.why] = (expected[seen.why] or 0) + 1
    end
    assert.same(expected, counted)
    for _, seen in pairs(refused) do
      if expected[seen.why] <= 60 then assert.equal(seen.why, refusals[seen.body.request_id]) end
    end

    local out, code = servers.capture(("WRIT_AUDIT_KEY=%s %s audit verify --data %s %s 2>&1"):format(("5a"):rep(32),
      servers.quote(servers.writ), server.data, path))
    assert.equal(0, code, out)
    os.execute("rm -rf " .. server.data)
  end)
end)
