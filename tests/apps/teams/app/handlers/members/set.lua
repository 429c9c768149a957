return function(input, ctx)
  ctx.db.members.set()
end
