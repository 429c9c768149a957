-- Input and ctx with metatables: the host's context is a copy, bending it changes nothing that the host knows
-- expect: 200 "GET"
return function(input, ctx)
  local method = ctx.request.method
  setmetatable(input, { __index = ctx, __gc = error })
  setmetatable(ctx, { __index = error, __gc = error })
  ctx.request.method, ctx.request.id, ctx.principal, ctx.db = "DELETE", "x", { id = 1, roles = { "admin" } }, nil
  return method
end
