---@param input writ.tasks.read.input
---@param ctx writ.tasks.read.ctx
---@return writ.tasks.read.body?, writ.tasks.read.status?
return function(input, ctx)
  return ctx.db.tasks.read()
end
