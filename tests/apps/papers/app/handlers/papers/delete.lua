return function(input, ctx)
  ctx.db.papers.delete()
end
