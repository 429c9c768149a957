-- An app whose every write is two rows of one call, and clients that write as fast as they can: to see that what was
-- acknowledged is there whatever happens to the server, and that nothing else is.
--
--   local ledger = require("support.ledger").new()
--   local server = ledger:serve()
--   ledger:write({ server }, function() return enough end)
--   ledger:check(server)
--   ledger:remove()
local assert = require "luassert"
local servers = require "support.server"
local folder = require "support.folder"
local clients = require "support.clients"
local socket = require "socket"
local json = require "cjson"

local M = { clients = 16 }

local Ledger = {}
Ledger.__index = Ledger

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
    INSERT INTO entries (id, call, amount) VALUES (:new_id, :new_id, :amount) RETURNING id;
    -- name: sum :one
    SELECT coalesce(sum(amount), 0) AS sum FROM entries;]],
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
      audit = { action = "moved", record = { "amount" } },
    },
  },
  -- Every seventh is refused half-way.
  ["app/handlers/move.lua"] = [[return function(input, ctx)
    ctx.db.q.debit()
    if input.amount % 7 == 0 then ctx.fail "unwilling" end
    return ctx.db.q.credit(), 201
  end]],
  ["contracts/sum.json"] = json.encode {
    summary = "It is tested",
    route = "GET /sum",
    requires = { auth = "public", reason = "It is tested", validates = { type = "object", properties = {} } },
    uses = { queries = { "q.sum" } },
    ensures = { returns = { type = "object", properties = { sum = { type = "integer" } } } },
  },
  ["app/handlers/sum.lua"] = "return function(_, ctx) return ctx.db.q.sum() end",
}

local function new_folder() return (servers.capture("mktemp -d"):gsub("%s+$", "")) end

-- `data`: the folder of the database, if not a new one.
function M.new(data)
  local path, remove = folder.make(app)
  return setmetatable({
    path = path,
    data = data or new_folder(),
    remove_app = remove,
    amount = 0,
    acknowledged = {}, -- ids of calls that were answered 201
    refused = {}, -- how often each other status came
    undone = {}, -- amounts of those calls
    unknown = 0, -- how many were told that nobody knows
    servers = {},
  }, Ledger)
end

-- With the servers that a failed test has left.
function Ledger:remove()
  for _, server in ipairs(self.servers) do
    if not server.ended then server:kill "KILL" end
  end
  self.remove_app()
  os.execute("rm -rf " .. servers.quote(self.data))
end

-- A new, empty database from now on.
function Ledger:begin_anew()
  os.execute("rm -rf " .. servers.quote(self.data))
  self.data, self.acknowledged, self.refused, self.undone, self.unknown = new_folder(), {}, {}, {}, 0
end

function Ledger:serve(options)
  options = options or {}
  options.folder, options.data, options.dev = self.path, self.data, false
  local server = servers.start(options)
  self.servers[#self.servers + 1] = server
  return server
end

-- Writes to each of the servers from many clients, until `enough()` (asked all the time) says so and all that was
-- sent has been answered, or until the servers have closed all connections.
function Ledger:write(to, enough)
  local over, began = false, socket.gettime()
  clients.run(to, M.clients, {
    turn = function()
      over = over or enough()
      assert(over or socket.gettime() - began < 60, "what was waited for has not happened")
    end,
    ask = function()
      if over then return nil end
      if math.random(16) == 1 then return "GET", "/sum" end
      self.amount = self.amount + 1
      return "POST", "/move", { amount = self.amount }
    end,
    answered = function(reply, method, _, body)
      if reply.status == 200 then
        assert.equal(0, reply.json.sum, "a call was seen half done")
        return
      elseif reply.status == 201 then
        self.acknowledged[#self.acknowledged + 1] = reply.json.id
        return
      end
      self.refused[reply.status] = (self.refused[reply.status] or 0) + 1
      if reply.json.code == "outcome_unknown" then
        self.unknown = self.unknown + 1
      elseif method == "POST" then
        self.undone[body.amount] = true
      end
    end,
  })
end

-- What the server has: everything acknowledged, nothing refused or half done, an audit row for each.
function Ledger:check(server)
  local there = {}
  for _, row in ipairs(server:rows [[
    SELECT size AS amount, max(call) AS call, sum(entry) AS entries, sum(amount) AS sum, sum(audit) AS audits FROM (
      SELECT abs(amount) AS size, call, 1 AS entry, amount, 0 AS audit FROM entries
      UNION ALL SELECT input ->> '$.amount', '', 0, 0, 1 FROM writ_audit WHERE action = 'moved' AND outcome = 'ok')
    GROUP BY size]]) do
    assert.same({ 2, 0, 1 }, { row.entries, row.sum, row.audits }, "half done, or not audited once: " .. row.amount)
    assert.is_nil(self.undone[row.amount], "refused, and done: " .. row.amount)
    there[row.call] = true
  end
  for _, id in ipairs(self.acknowledged) do assert.truthy(there[id], "acknowledged, and gone: " .. id) end
end

-- The server has ended, or is at rest.
function Ledger:check_chain()
  local out, code = servers.capture(("WRIT_AUDIT_KEY=%s %s audit verify --data %s %s 2>&1"):format(("5a"):rep(32),
    servers.quote(servers.writ), self.data, self.path))
  assert.equal(0, code, out)
end

return M
