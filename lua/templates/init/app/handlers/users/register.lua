-- The host has hashed the password by now, and adds a session's token to what this returns.
---@param input writ.users.register.input
---@param ctx writ.users.register.ctx
---@return writ.users.register.body?, writ.users.register.status?
return function(input, ctx)
  return ctx.db.users.register(), 201
end
