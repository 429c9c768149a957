local paging = require "paging"

return function(input, ctx)
  local users, more = paging.cut(ctx.db.users.list(), 50)
  return { users = users, next = more and users[#users].id or nil }
end
