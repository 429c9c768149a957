-- A bank for atomicity_spec: transfers between accounts, honest ones and those that go wrong after they have written, each
-- in another way. Every route is the same transfer at first.
local json = require "cjson"

local M = { accounts = 8, clients = 32, balance = 100 }

-- Accounts 1 to 8 are everybody's; each client has two of its own, of which the first has all the money.
function M.private(client) return 100 + 2 * client, 101 + 2 * client end

local function seed()
  local rows = {}
  for i = 1, M.accounts do rows[#rows + 1] = ("(%d, %d)"):format(i, M.balance) end
  for client = 1, M.clients do
    local from, to = M.private(client)
    rows[#rows + 1] = ("(%d, %d), (%d, 0)"):format(from, M.balance, to)
  end
  return "INSERT INTO accounts (id, balance) VALUES " .. table.concat(rows, ", ") .. ";"
end

local transfer = [[
  local c = ctx.db.q
  c.debit()
  if c.credit() == 0 then ctx.fail "no_account" end
  c.note()
]]
local reply = [[
  local row = c.balance()
  row.request_id = ctx.request.id
  return row, 201
]]

-- What each does once it has written, the error of its contract that it may meet, and what its contract adds.
M.conducts = {
  transfer = { after = reply },
  -- A value that `returns` does not admit.
  breach = { after = "return { nonsense = true }, 201", codes = { contract_breach = 500 } },
  unwilling = { after = "ctx.fail 'changed_mind'", codes = { changed_mind = 418 } },
  fails = { after = "error 'on purpose'", codes = { handler_failed = 500 } },
  loops = { after = "while true do end", codes = { handler_deadline = 500 } },
  -- In the middle of a write: SQLite drops the whole transaction.
  floods = { after = "c.flood()" .. reply, uses = { "q.flood" }, codes = { handler_deadline = 500 } },
  -- A foreign key that is asked at COMMIT only.
  owes = { after = "c.promise()" .. reply, uses = { "q.promise" }, codes = { handler_failed = 500 } },
  again = { after = "c.note()" .. reply, codes = { contract_breach = 500 } }, -- once more than it may
  -- `unchanged` sees money that came from nowhere.
  mints = { after = "c.mint()" .. reply, uses = { "q.mint" }, codes = { contract_breach = 500 } },
  overspends = { after = "c.overspend()" .. reply, uses = { "q.overspend" }, codes = { insufficient = 409 } },
  gorges = {
    after = "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
    codes = { handler_memory = 500 },
  },
}
-- A caller may overrun six times, so there are several routes to do it.
for i = 2, 4 do M.conducts["floods_" .. i] = M.conducts.floods end

-- By which the server may answer instead: routes whose handlers overrun are closed for a while, and their callers slowed.
local instead = { quarantined = 503, rate_limited = 429 }

-- What every transfer may be told.
M.honest = { insufficient = 409, no_account = 404 }

function M.may_answer(conduct, code, status)
  local own = M.conducts[conduct].codes or {}
  if own.handler_deadline and instead[code] == status then return true end
  return own[code] == status or M.honest[code] == status
end

local function contract(name, conduct)
  local uses = { "q.debit", "q.credit", "q.note", "q.balance" }
  for _, query in ipairs(conduct.uses or {}) do uses[#uses + 1] = query end
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
          from = { type = "integer" },
          to = { type = "integer" },
          amount = { type = "integer", minimum = 1 },
        },
        required = { "from", "to", "amount" },
      },
    },
    uses = { queries = uses },
    ensures = {
      returns = {
        ["201"] = {
          type = "object",
          properties = {
            id = { type = "string" },
            from_balance = { type = "integer" },
            to_balance = { type = "integer" },
            request_id = { type = "string" },
          },
          required = { "id", "from_balance", "to_balance", "request_id" },
        },
      },
      errors = {
        insufficient = { status = 409, on_check = "not_negative" },
        no_account = { status = 404 },
        changed_mind = { status = 418 },
      },
      unchanged = { "q.total" },
      audit = { action = name, record = { "from", "to", "amount" } },
    },
    limits = { time = conduct.codes and conduct.codes.handler_deadline and "10ms" or "1s" },
  }
end

M.app = {
  ["contracts/policy.json"] = [[{
    "tables": {
      "accounts": { "shared": "It is tested" },
      "transfers": { "shared": "It is tested" },
      "promises": { "shared": "It is tested" }
    },
    "limits": { "time": "1s" }
  }]],
  ["contracts/migrations/0001_base.sql"] = [[
    CREATE TABLE accounts (
      id INTEGER PRIMARY KEY,
      balance INTEGER NOT NULL CONSTRAINT not_negative CHECK (balance >= 0)
    ) STRICT;
    CREATE TABLE transfers (
      id TEXT NOT NULL PRIMARY KEY,
      source INTEGER NOT NULL REFERENCES accounts (id),
      target INTEGER NOT NULL REFERENCES accounts (id),
      amount INTEGER NOT NULL CHECK (amount > 0)
    ) STRICT;
    CREATE TABLE promises (
      id TEXT NOT NULL PRIMARY KEY,
      transfer TEXT NOT NULL REFERENCES transfers (id) DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
  ]] .. seed(),
  ["contracts/queries/users.sql"] = false,
  ["contracts/queries/notes.sql"] = false,
  ["contracts/notes/one.json"] = false,
  ["app/handlers/notes/one.lua"] = false,
  ["contracts/queries/q.sql"] = [[
    -- name: debit :exec
    UPDATE accounts SET balance = balance - :amount WHERE id = :from;
    -- name: credit :exec
    UPDATE accounts SET balance = balance + :amount WHERE id = :to;
    -- name: note :exec
    INSERT INTO transfers (id, source, target, amount) VALUES (:new_id, :from, :to, :amount)
    ON CONFLICT (id) DO UPDATE SET amount = amount + excluded.amount;
    -- name: balance :one
    SELECT t.id, a.balance AS from_balance, b.balance AS to_balance
    FROM transfers AS t JOIN accounts AS a ON a.id = t.source JOIN accounts AS b ON b.id = t.target
    WHERE t.id = :new_id;
    -- name: total :value
    SELECT sum(balance) AS total FROM accounts;
    -- name: promise :exec
    INSERT INTO promises (id, transfer) VALUES (:new_id, 'nobody made it');
    -- name: mint :exec
    UPDATE accounts SET balance = balance + 1 WHERE id = :to;
    -- name: overspend :exec
    UPDATE accounts SET balance = -:amount WHERE id = :from;
    -- name: flood :exec
    UPDATE accounts SET balance = balance + (
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
      SELECT count(*) FROM n) WHERE id = :to;]],
}
for name, conduct in pairs(M.conducts) do
  M.app[("contracts/%s.json"):format(name)] = contract(name, conduct)
  M.app[("app/handlers/%s.lua"):format(name)] = ("return function(_, ctx)\n%s%s\nend\n"):format(transfer, conduct.after)
end

return M
