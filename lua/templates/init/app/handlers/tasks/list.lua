local paging = require "paging"

---@param input writ.tasks.list.input
---@param ctx writ.tasks.list.ctx
---@return writ.tasks.list.body?, writ.tasks.list.status?
return function(input, ctx)
  local tasks, last = paging.cut(ctx.db.tasks.list(), 50)
  return { tasks = tasks, next = last and last.id }
end
