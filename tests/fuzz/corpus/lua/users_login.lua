-- The host has verified the password by now, and adds the token to what this returns.
return function(input, ctx)
  return ctx.db.users.me()
end
