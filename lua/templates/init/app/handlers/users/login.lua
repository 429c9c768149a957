-- The host has verified the password by now, and adds a session's token to what this returns.
---@param input writ.users.login.input
---@param ctx writ.users.login.ctx
---@return writ.users.login.body?, writ.users.login.status?
return function(input, ctx)
  return ctx.db.users.me()
end
