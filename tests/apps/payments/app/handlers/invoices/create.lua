return function(input, ctx)
  return ctx.db.invoices.create(), 201
end
