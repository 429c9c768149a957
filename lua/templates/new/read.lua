---@param input writ.{{name}}.input
---@param ctx writ.{{name}}.ctx
---@return writ.{{name}}.body?, writ.{{name}}.status?
return function(input, ctx)
  local {{item}} = ctx.db.{{name}}()
  if {{item}} == null then ctx.fail("{{missing}}") end
  return {{item}}
end
