---@param input writ.{{name}}.input
---@param ctx writ.{{name}}.ctx
---@return writ.{{name}}.body?, writ.{{name}}.status?
return function(input, ctx)
  if ctx.db.{{name}}() == 0 then ctx.fail("{{missing}}") end
end
