---@param input writ.tasks.create.input
---@param ctx writ.tasks.create.ctx
---@return writ.tasks.create.body?, writ.tasks.create.status?
return function(input, ctx)
  return ctx.db.tasks.create(), 201
end
