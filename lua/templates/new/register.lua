-- The host has hashed the password by now, and adds a session's token to what this returns.
---@param input writ.{{table}}.register.input
---@param ctx writ.{{table}}.register.ctx
---@return writ.{{table}}.register.body?, writ.{{table}}.register.status?
return function(input, ctx)
  return ctx.db.{{table}}.register(), 201
end
