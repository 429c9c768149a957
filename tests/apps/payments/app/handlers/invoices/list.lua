return function(input, ctx)
  return { invoices = ctx.db.invoices.list() }
end
