local paging = require "paging"

return function(input, ctx)
  local notes, more = paging.cut(ctx.db.notes.list(), 20)
  return { notes = notes, more = more }
end
