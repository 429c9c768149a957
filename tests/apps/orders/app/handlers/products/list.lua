return function(input, ctx)
  return { products = ctx.db.products.list() }
end
