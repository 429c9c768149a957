return function(input, ctx)
  return { orders = ctx.db.orders.list() }
end
