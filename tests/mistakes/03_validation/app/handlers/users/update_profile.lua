return function(input, ctx)
  return ctx.db.users.update_profile()
end
