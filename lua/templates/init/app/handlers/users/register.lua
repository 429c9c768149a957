-- The host has hashed the password by now, and adds a session's token to what this returns.
return function(input, ctx)
  return ctx.db.users.register(), 201
end
