-- Returns what no contract declares, one thing for each call: which, the caller's address says.
local function cycle()
  local t = {}
  t.t = t
  return t
end

local function deep()
  local t = {}
  for _ = 1, 5000 do t = { t = t } end
  return t
end

local function many()
  local t = {}
  for i = 1, 20000 do t[i] = i end
  return t
end

local hostile = setmetatable({}, {
  __index = function() error("looked at") end,
  __len = function() return 1 << 40 end,
  __pairs = function() return function() return "x", "y" end end,
})

local values = {
  function() return nil end,
  function() return null end,
  function() return "text" end,
  function() return -1 end,
  function() return 0 / 0 end,
  function() return { x = 1 / 0 } end,
  function() return print end,
  function() return coroutine.create(print) end,
  function() return { [1] = 1, [3] = 3 } end,
  function() return { [1.5] = true, [{}] = 1 } end,
  function() return "\xff\xfe\0" end,
  function() return { id = "<script>alert(1)</script>", password_hash = "x", token = "y" } end,
  function() return ("x"):rep(3 << 20) end,
  cycle, deep, many,
  function() return hostile end,
  function() return {}, 999 end,
  function() return {}, "200" end,
  function() return {}, 500 end,
  function() return {}, -1 end,
  function(input) return input end,
  function(_, ctx) return ctx end,
  function(_, ctx) return ctx.principal or {} end,
}

return function(input, ctx)
  local which = tonumber(ctx.request.address:match("(%d+)$"))
  return values[which % #values + 1](input, ctx)
end
