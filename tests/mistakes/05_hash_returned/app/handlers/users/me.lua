return function(input, ctx)
  return ctx.db.users.me()
end
