-- Several statements: all of them happen, or none.
return function(input, ctx)
  local order = ctx.db.orders.create()
  if ctx.db.stock.take() == 0 then ctx.fail("sold_out") end
  return order, 201
end
