return function(input, ctx)
  for k, v in pairs(string) do string[k] = function(...) return ... end end
  table.sort, math.floor, pairs = nil, nil, next
  getmetatable("").__index = table
  ctx.db, ctx.fail = ctx, print
  return { type(string.rep), tostring(ctx.db == ctx) }
end
