return function(input, ctx)
  return { users = ctx.db.users.list() }
end
