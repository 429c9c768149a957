return function(input, ctx)
  return ctx.db.users.register(), 201
end
