return function(input, ctx)
  return { members = ctx.db.members.list() }
end
