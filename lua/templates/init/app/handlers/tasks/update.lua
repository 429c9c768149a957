---@param input writ.tasks.update.input
---@param ctx writ.tasks.update.ctx
---@return writ.tasks.update.body?, writ.tasks.update.status?
return function(input, ctx)
  return ctx.db.tasks.update()
end
