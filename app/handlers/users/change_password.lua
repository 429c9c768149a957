return function(input, ctx)
  ctx.db.users.set_password()
end
