-- Everything that can be reached from a handler: from the globals, its own function, ctx, and a value of each basic
-- type, through tables, metatables and upvalues. Runs in the guest that shows all of itself (peek.c); begins with
-- `local allowed = …`, the allowlist. Gives a sorted list of the paths
-- of functions, userdata and threads that are not on it, and of what differs from it.
local seen, known, strange = {}, {}, {}

for library, names in pairs(allowed) do
  local listed = { PEEK = true }
  for name in names:gmatch "%S+" do
    listed[name] = true
    local value = rawget(_G[library], name)
    if value == nil then strange[#strange + 1] = library .. "." .. name .. " is missing" end
    if type(value) == "function" then known[value] = true end
  end
  for name in next, _G[library] do
    if not listed[name] then strange[#strange + 1] = library .. "." .. tostring(name) .. " is not allowed" end
  end
end

-- Shortest paths first, so that what is reported does not depend on the order of keys.
local function walk(queue)
  local at = 1
  while queue[at] do
    local value, path = queue[at][1], queue[at][2]
    at = at + 1
    local kind = type(value)
    local new = value ~= PEEK and value ~= nil and not seen[value]
    local found = {}
    local function add(child, name) found[#found + 1] = { child, path .. name } end
    if new and (kind == "table" or kind == "function" or kind == "userdata" or kind == "thread") then
      seen[value] = true
      if kind == "function" and not known[value] or kind == "userdata" or kind == "thread" then
        strange[#strange + 1] = path .. " (" .. kind .. ")"
      end
      if kind == "table" then
        for k, v in next, value do
          add(v, "." .. tostring(k))
          if type(k) ~= "string" then add(k, "[key]") end
        end
      elseif kind == "function" then
        local n = 1
        while true do
          local name, v = PEEK.upvalue(value, n)
          if not name then break end
          add(v, "^" .. (name == "" and n or name))
          n = n + 1
        end
      end
      add(PEEK.metatable(value), "@")
    elseif new then
      add(PEEK.metatable(value), "@")
    end
    table.sort(found, function(a, b) return a[2] < b[2] end)
    for _, child in ipairs(found) do queue[#queue + 1] = child end
  end
end

local function handler(_, ctx)
  walk {
    { _G, "_G" }, { ctx, "ctx" }, { "", "string" }, { 1, "number" }, { true, "boolean" }, { null, "null" },
    { coroutine.running(), "thread" }, { print, "function" },
  }
  table.sort(strange)
  return strange
end
return handler
