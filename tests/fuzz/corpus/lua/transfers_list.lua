return function(input, ctx)
  return { transfers = ctx.db.transfers.list() }
end
