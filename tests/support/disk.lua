-- A disk that fails when it is told to (tests/faults/fault_vfs.c), under the SQLite of a server.
--
--   local disk = require("support.disk").new()
--   local server = ledger:serve { environment = disk:environment() }
--   disk:set("sync", true)         or "once", or "sometimes"
--   disk:set("sync", false)
local servers = require "support.server"

local Disk = {}
Disk.__index = Disk

local M = {}
local faults = { "read", "write", "truncate", "sync", "full", "shared_memory", "torn", "loses", "leaks" }
local letters = { [true] = "1", once = "o", sometimes = "s" }

function M.new(seed)
  local self = setmetatable({ path = os.tmpname(), now = {}, seed = seed or 0 }, Disk)
  self:apply()
  return self
end

function Disk:remove() os.remove(self.path) end

-- Written in place: the server has the file mapped.
function Disk:apply()
  local file = assert(io.open(self.path, "r+"))
  for _, fault in ipairs(faults) do file:write(letters[self.now[fault]] or "0") end
  file:close()
end

function Disk:set(fault, fails)
  self.now[fault] = fails
  self:apply()
end

-- Whether what was to fail once has failed.
function Disk:has_failed(fault)
  for i, name in ipairs(faults) do
    if name == fault then return servers.read_file(self.path):sub(i, i) == "0" end
  end
end

function Disk:environment()
  local folder = servers.writ:match "^(.*)/" or "."
  return ("WRIT_AUDIT_KEY=%s ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 LD_PRELOAD=%s/tests/fault_vfs.so "
    .. "WRIT_FAULTS=%s WRIT_FAULTS_SEED=%d"):format(("5a"):rep(32),
    folder:match "^/" and folder or "$PWD/" .. folder, self.path, self.seed)
end

-- The machine died with the server: what was not made durable is gone.
function M.lose_memory(data)
  for _, name in ipairs { "writ.db", "writ.db-wal" } do
    os.execute(("cd %s && rm -f %s && if [ -e %s.durable ]; then mv %s.durable %s; fi"):format(
      servers.quote(data), name, name, name, name))
  end
  os.execute(("rm -f %s/writ.db-shm"):format(servers.quote(data)))
end

return M
