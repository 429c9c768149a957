-- Lua 5.4 in a process of its own, where `require` finds what `writ` brings for it (lua/writ/, writ.native): the module
-- of a sanitized build can only be loaded where the sanitizers' libraries are already.
local servers = require "support.server"
local json = require "cjson"

local M = {}

-- The folder that is laid out as what is installed is.
M.build = servers.capture("cd " .. servers.quote(servers.writ:match "^(.*)/" or ".") .. " && pwd"):gsub("%s+$", "")
M.module = M.build .. "/lib/writ/writ/native.so"

-- What the environment of lua5.4 needs besides: "" or an assignment.
function M.preload()
  local library = servers.capture("ldd " .. M.module):match "libclang_rt%.asan[^\n]-=> (%S+)"
  return library and "LD_PRELOAD=" .. library or ""
end

-- Runs `lua5.4 ARGUMENTS`, in a folder (default: this one); gives what it printed, errors among it, and its exit code.
function M.run(arguments, folder)
  return servers.capture(("cd %s && LUA_PATH_5_4='%s/share/writ/lua/?.lua;;' LUA_CPATH_5_4='%s/lib/writ/?.so;;' %s "
    .. "lua5.4 %s 2>&1"):format(servers.quote(folder or "."), M.build, M.build, M.preload(), arguments))
end

local function write(name, text)
  servers.write_file(name, text)
end

-- The same with a script.
function M.script(text)
  local name = os.tmpname()
  write(name, text)
  local output, code = M.run(name)
  os.remove(name)
  return (output:gsub(name, "script"):gsub("%s+$", "")), code
end

-- Runs an app's specs, as `writ test` does; gives its report and what busted printed.
function M.specs(folder, arguments)
  local name = os.tmpname()
  local output = M.run(("%s/share/writ/lua/writ/run_specs.lua %s %s"):format(M.build, name, arguments), folder)
  local text = servers.read_file(name)
  os.remove(name)
  return text ~= "" and json.decode(text) or nil, output
end

return M
