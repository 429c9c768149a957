---@param input writ.tasks.delete.input
---@param ctx writ.tasks.delete.ctx
---@return writ.tasks.delete.body?, writ.tasks.delete.status?
return function(input, ctx)
  ctx.db.tasks.delete()
end
