return function(input, ctx)
  ctx.db.invoices.record_payment()
  ctx.db.invoices.settle()
end
