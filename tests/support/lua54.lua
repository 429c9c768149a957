-- Lua 5.4 in a process of its own, where `require` finds what `writ` brings for it (lua/writ/, writ.native): the module
-- of a sanitized build can only be loaded where the sanitizers' libraries are already.
local servers = require "support.server"

local M = {}

M.build = servers.writ:match "^(.*)/" or "."

local function preload()
  local library = servers.capture("ldd " .. servers.quote(servers.writ)):match "libasan[^\n]-=> (%S+)"
  return library and "LD_PRELOAD=" .. library .. " " or ""
end

-- Runs `lua5.4 ARGUMENTS`; gives what it printed, errors among it, and its exit code.
function M.run(arguments)
  return servers.capture(("LUA_PATH_5_4='%s/share/writ/lua/?.lua;;' LUA_CPATH_5_4='%s/lib/writ/?.so;;' %slua5.4 %s 2>&1")
    :format(M.build, M.build, preload(), arguments))
end

-- The same with a script.
function M.script(text)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
  local output, code = M.run(name)
  os.remove(name)
  return (output:gsub(name, "script"):gsub("%s+$", "")), code
end

return M
