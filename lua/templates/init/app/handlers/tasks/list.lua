local paging = require "paging"

return function(input, ctx)
  local tasks, last = paging.cut(ctx.db.tasks.list(), 50)
  return { tasks = tasks, next = last and last.id }
end
