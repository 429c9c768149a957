---@param input writ.{{name}}.input
---@param ctx writ.{{name}}.ctx
---@return writ.{{name}}.body?, writ.{{name}}.status?
return function(input, ctx)
  return ctx.db.{{name}}(), 201
end
