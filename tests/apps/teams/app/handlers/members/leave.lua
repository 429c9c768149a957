return function(input, ctx)
  ctx.db.members.leave()
end
