-- Ends in every way that is not returning; which, the caller's address says.
local function forever() return 1 + forever() end

local ways = {
  function() error() end,
  function() error(nil) end,
  function() error({ code = "forbidden", status = 200 }) end,
  function() error(setmetatable({}, { __tostring = function() error("again") end })) end,
  function() error(("x"):rep(1 << 20)) end,
  function() return forever() end,
  function() return nil + 1 end,
  function(_, ctx) ctx.fail("nothing_that_is_declared") end,
  function(_, ctx) ctx.fail() end,
  function(_, ctx) pcall(ctx.fail, "nothing_that_is_declared") return {} end,
  function(_, ctx) return ctx.db.nothing.granted() end,
  function(_, ctx) return ctx.db["users; DROP TABLE users"].x() end,
  function(_, ctx) ctx.sleep(1000000) end,
  function() coroutine.wrap(function() error("in a coroutine") end)() end,
  function() coroutine.yield(1) end,
  function() table.sort({ 3, 2, 1, 5, 4 }, function() error("while sorting") end) end,
  function() ("x"):gsub(".", function() error("while matching") end) end,
  function() setmetatable(_G, nil) _G.error, _G.pcall, _G.null = nil, nil, nil error() end,
  function() string.rep = nil; ("x"):rep(3) end,
}

return function(input, ctx)
  local which = tonumber(ctx.request.address:match("(%d+)$"))
  return ways[which % #ways + 1](input, ctx)
end
