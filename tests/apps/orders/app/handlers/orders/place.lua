return function(input, ctx)
  ctx.db.orders.place()
  ctx.db.orders.add_lines()
  ctx.db.products.take()
  local order = ctx.db.orders.read()
  order.lines = ctx.db.orders.lines()
  return order, 201
end
