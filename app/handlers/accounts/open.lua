return function(input, ctx)
  return ctx.db.accounts.open(), 201
end
