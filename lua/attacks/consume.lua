-- Uses up what it can: first memory, then time; which way, the caller's address says. The first `memory_ways`
-- end at the limit of memory, the others at that of time.
local ways = {
  function() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end,
  function() local s = "x" while true do s = s .. s end end,
  function() return ("x"):rep(1 << 40) end,
  function() local t = {} while true do t = { t } end end,
  -- from here on: time
  function() while true do end end,
  function() while true do pcall(error) end end,
  function() return (("a"):rep(5000)):find(("a*"):rep(12) .. "b") end,
  function() while true do coroutine.wrap(function() end)() end end,
  function() table.sort({ 1, 2, 3 }, function() while true do end end) end,
}

return function(_, ctx)
  local which = tonumber(ctx.request.address:match("(%d+)$"))
  return ways[which % #ways + 1]()
end
