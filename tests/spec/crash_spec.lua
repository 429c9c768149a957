-- SIGKILL at random moments while clients write: what was acknowledged is there afterwards, each effect has its audit
-- row, none is half done, and the chain is intact. `./dev crash ROUNDS kill` runs more rounds; WRIT_TEST_SEED repeats a run.
local ledgers = require "support.ledger"
local socket = require "socket"

local rounds = tonumber(os.getenv "WRIT_CRASH_ROUNDS" or 20)
local seed = tonumber(os.getenv "WRIT_TEST_SEED" or 1)

-- Kills the server once so many calls were acknowledged, at some moment of the next twentieth of a second; true once it is
-- done.
local function assassin(server, ledger)
  local enough, kill_at, done = #ledger.acknowledged + math.random(0, 100), nil, false
  return function()
    if not kill_at and #ledger.acknowledged >= enough then kill_at = socket.gettime() + math.random() * 0.05 end
    if not done and kill_at and socket.gettime() >= kill_at then done = os.execute("kill -KILL " .. server.pid) end
    return done
  end
end

describe("a server that is killed #kill", function()
  local ledger

  setup(function()
    ledger = ledgers.new()
    math.randomseed(seed)
  end)

  teardown(function() ledger:remove() end)

  it(("keeps what it acknowledged (%d rounds, seed %d)"):format(rounds, seed), function()
    local acknowledged = 0
    for round = 1, rounds do
      if round % 5 == 0 then ledger:begin_anew() end -- each round looks at all that there is
      local server = ledger:serve()
      local kill = assassin(server, ledger)
      ledger:write({ server }, function()
        kill()
        return false
      end)
      server:wait()

      server = ledger:serve()
      ledger:check(server)
      assert.equal(0, server:stop())
      ledger:check_chain()
      acknowledged = acknowledged + #ledger.acknowledged
    end
    assert.truthy(acknowledged > 0)
  end)

  it("leaves the turn to the other server on the same database", function()
    for _ = 1, math.max(rounds // 4, 1) do
      ledger:begin_anew()
      local killed, other = ledger:serve(), ledger:serve()
      local kill = assassin(killed, ledger)
      local enough_at
      ledger:write({ killed, other }, function()
        if kill() then enough_at = enough_at or socket.gettime() + 0.1 end
        return enough_at and socket.gettime() > enough_at
      end)
      killed:wait()
      assert.is_nil(ledger.refused[503])
      ledger:check(other)
      local before = #ledger.acknowledged
      ledger:write({ other }, function() return #ledger.acknowledged > before end)
      assert.equal(0, other:stop())
      ledger:check_chain()
    end
  end)
end)
