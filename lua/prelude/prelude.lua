-- Runs once, before any handler is loaded: cuts the library down to the allowlist, adds `null`, `print`
-- and `require`, makes a misspelt global an error. Gets the host's functions (runtime/sandbox/guest/api.c)
-- and the allowlist; returns the function that makes a handler's ctx.
--
-- Nothing here guards anything: the instance is thrown away after each call, and what ctx can do is for
-- the host to decide.
local host, allowed = ...
local error, pcall, rawget, rawset, setmetatable, tostring = error, pcall, rawget, rawset, setmetatable, tostring

for library, names in pairs(allowed) do
  local keep = {}
  for name in names:gmatch("%S+") do keep[name] = true end
  for name in pairs(_G[library]) do
    if not keep[name] then _G[library][name] = nil end
  end
end

null = host.null
local null_events = {
  __name = "null",
  __tostring = function() return "null" end,
  __index = function(_, field) error("attempt to read field '" .. tostring(field) .. "' of null", 2) end,
}
-- Lua would speak of a userdata value.
for what, events in pairs {
  ["concatenate"] = "concat",
  ["perform arithmetic on"] = "add sub mul div mod pow unm idiv band bor bxor shl shr bnot",
  ["set a field of"] = "newindex",
  ["compare"] = "lt le",
  ["get length of"] = "len",
  ["call"] = "call",
} do
  local function refuse() error("attempt to " .. what .. " null", 2) end
  for event in events:gmatch("%S+") do null_events["__" .. event] = refuse end
end
host.setmetatable(null, null_events)

print = host.log

local loaded, loading = {}, {}
local compile = host.compile

function require(name)
  local module = loaded[name]
  if module ~= nil then return module end
  if loading[name] then error("module '" .. name .. "' requires itself", 2) end
  local chunk = compile(name)
  if chunk == false then error("require '" .. name .. "' at the top of the file, not in a call", 2) end
  if chunk == nil then error("no module '" .. name .. "' in app/lib", 2) end
  loading[name] = true
  local ok, result = pcall(chunk, name)
  loading[name] = nil
  if not ok then error(result, 0) end
  if result == nil then result = true end
  loaded[name] = result
  return result
end

setmetatable(_G, { __index = host.undefined })

local function ungranted(group)
  return setmetatable({}, {
    __index = function(_, name)
      error("query '" .. group .. "." .. tostring(name) .. "' is not granted by the contract", 2)
    end,
  })
end

local function no_sleep() error("the contract does not grant ctx.sleep (\"uses\": { \"sleep\": true })", 2) end

-- `queries`: the full names of those granted, in the host's order. `sleeps`: whether ctx.sleep is.
return function(queries, sleeps)
  local db = setmetatable({}, { __index = function(_, group) return ungranted(tostring(group)) end })
  for index, query in ipairs(queries) do
    local group, name = query:match("^(.-)%.(.*)$")
    local functions = group and rawget(db, group) or ungranted(group or "")
    if group then rawset(db, group, functions) end
    rawset(group and functions or db, name or query, host.query(index - 1, query))
  end
  local ctx = host.record(16)
  ctx.db, ctx.fail, ctx.log, ctx.sleep = db, host.fail, host.log, sleeps and host.sleep or no_sleep
  return ctx
end
