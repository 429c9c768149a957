-- Transfers from 32 clients at once, honest ones and those that go wrong after they have written (tests/support/bank.lua),
-- against a model: the audit log is the order in which it all happened, so playing it back by what clients were told must
-- give each balance that a reply showed, and what the database has at the end. WRIT_ATOMICITY_ROUNDS runs more rounds;
-- WRIT_TEST_SEED repeats the requests (not how they met).
local bank = require "support.bank"
local clients = require "support.clients"
local folder = require "support.folder"
local servers = require "support.server"

local rounds = tonumber(os.getenv "WRIT_ATOMICITY_ROUNDS" or 2)
local seed = tonumber(os.getenv "WRIT_TEST_SEED" or 1)
local requests_each = 20

local names = {}
for name in pairs(bank.conducts) do names[#names + 1] = name end
table.sort(names)

describe("transfers that go wrong", function()
  local path, remove, server

  setup(function()
    math.randomseed(seed)
    path, remove = folder.make(bank.app)
  end)

  teardown(function()
    if server and not server.ended then server:kill "KILL" end -- a failed test has left it
    remove()
  end)

  -- One request of three is wrong, one is honest among accounts that all want, one within the client's own two accounts.
  local function choose(client, moves)
    local dice = math.random(3)
    if dice == 1 then
      moves[client] = (moves[client] or 0) + 1
      local from, to = bank.private(client)
      if moves[client] % 2 == 0 then from, to = to, from end
      return "transfer", { from = from, to = to, amount = bank.balance }
    end
    local from, to = math.random(bank.accounts), math.random(bank.accounts)
    if dice == 2 and math.random(10) == 1 then to = 99 end -- there is none
    return dice == 2 and "transfer" or names[math.random(#names)],
      { from = from, to = to, amount = math.random(bank.balance) }
  end

  -- Gives what each call was told, by request id.
  local function run()
    local told, left, moves = {}, {}, {}
    clients.run({ server }, bank.clients, {
      ask = function(client)
        left[client] = (left[client] or requests_each) - 1
        if left[client] < 0 then return nil end
        local name, body = choose(client, moves)
        return "POST", "/" .. name, body
      end,
      answered = function(reply, _, route, body)
        local conduct = route:sub(2)
        local id = reply.json.request_id
        assert.is_nil(told[id])
        told[id] = { conduct = conduct, body = body, reply = reply.json, status = reply.status }
        if reply.status ~= 201 or bank.conducts[conduct].codes then
          assert.truthy(bank.may_answer(conduct, reply.json.code, reply.status), conduct .. ": " .. reply.body)
        end
        if body.from > 100 then -- nobody else moves this money
          assert.same({ 201, 0, bank.balance }, { reply.status, reply.json.from_balance, reply.json.to_balance })
        end
      end,
    })
    return told
  end

  local function opening_balances()
    local balances = {}
    for i = 1, bank.accounts do balances[i] = bank.balance end
    for client = 1, bank.clients do
      local from, to = bank.private(client)
      balances[from], balances[to] = bank.balance, 0
    end
    return balances
  end

  -- One call of the audit log.
  local function play(row, call, balances)
    local from, to, amount = call.body.from, call.body.to, call.body.amount
    assert.equal(call.conduct, row.action)
    if row.outcome ~= "ok" then
      assert.equal(call.reply.code, row.reason)
      -- Money that was there is not refused, and none comes from an account that is not there.
      if call.conduct == "transfer" and row.reason == "insufficient" then assert.truthy(balances[from] < amount) end
      if row.reason == "no_account" then assert.truthy(balances[from] >= amount and not balances[to]) end
      return
    end
    assert.equal(201, call.status)
    assert.truthy(balances[from] >= amount, "never negative")
    balances[from] = balances[from] - amount
    balances[to] = balances[to] + amount
    assert.same({ balances[from], balances[to] }, { call.reply.from_balance, call.reply.to_balance })
  end

  local function check(told)
    local balances, effects, refusals, seen = opening_balances(), {}, {}, {}
    for _, row in ipairs(server:rows "SELECT action, outcome, reason, request_id, count FROM writ_audit ORDER BY id") do
      local kind = row.action .. " " .. row.reason
      if row.outcome ~= "ok" then refusals[kind] = (refusals[kind] or 0) + row.count end
      if row.request_id ~= "" then -- not a count of many
        assert.is_nil(seen[row.request_id], "audited twice")
        seen[row.request_id] = true
        local call = assert(told[row.request_id], "audited, and nobody was told")
        play(row, call, balances)
        if row.outcome == "ok" then effects[call.reply.id] = call end
      end
    end

    -- Each refusal has a row of its own or is counted; each effect has one.
    local many = {}
    for id, call in pairs(told) do
      if call.status == 201 then
        assert.truthy(seen[id], "done, and not audited")
      else
        local kind = call.conduct .. " " .. call.reply.code
        many[kind] = (many[kind] or 0) + 1
      end
    end
    assert.same(many, refusals)
    for id, call in pairs(told) do
      local kind = call.conduct .. " " .. tostring(call.reply.code)
      if call.status ~= 201 and many[kind] <= 60 then assert.truthy(seen[id], "refused, and not audited") end
    end

    for _, row in ipairs(server:rows "SELECT id, source, target, amount FROM transfers") do
      local call = assert(effects[row.id], "done, and not audited")
      assert.same({ call.body.from, call.body.to, call.body.amount }, { row.source, row.target, row.amount })
      effects[row.id] = nil
    end
    assert.is_nil(next(effects), "audited, and not done")
    for _, row in ipairs(server:rows "SELECT id, balance FROM accounts") do
      assert.equal(balances[row.id], row.balance)
      balances[row.id] = nil
    end
    assert.is_nil(next(balances))
    assert.equal(0, server:value "SELECT count(*) FROM promises")
    return many
  end

  it(("change nothing, and hold up nobody (%d rounds, seed %d)"):format(rounds, seed), function()
    local met = {}
    for _ = 1, rounds do
      local data = servers.capture("mktemp -d"):gsub("%s+$", "")
      server = servers.start { folder = path, data = data, dev = false }
      local told = run()
      assert.equal(0, server:stop()) -- which writes what was only counted
      for kind in pairs(check(told)) do met[kind] = true end
      local out, code = servers.capture(("WRIT_AUDIT_KEY=%s %s audit verify --data %s %s 2>&1"):format(("5a"):rep(32),
        servers.quote(servers.writ), data, path))
      assert.equal(0, code, out)
      os.execute("rm -rf " .. data)
    end
    for name, conduct in pairs(bank.conducts) do
      for code in pairs(conduct.codes or bank.honest) do
        assert.truthy(met[name .. " " .. code], "nobody met " .. name .. " " .. code)
      end
    end
  end)
end)
