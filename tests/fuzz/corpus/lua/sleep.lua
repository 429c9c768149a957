return function(input, ctx)
  local t = {}
  table.sort({ 3, 1, 2 }, function(a, b) ctx.sleep(0) return a < b end)
  t[1] = ("ab"):gsub(".", function(c) ctx.sleep(0) return c:upper() end)
  t[2] = pcall(ctx.sleep, -1)
  t[3] = pcall(ctx.sleep, 1e300)
  ctx.sleep(1)
  return t
end
