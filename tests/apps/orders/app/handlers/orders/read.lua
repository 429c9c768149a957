return function(input, ctx)
  local order = ctx.db.orders.read()
  order.lines = ctx.db.orders.lines()
  return order
end
