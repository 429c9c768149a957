return function(input, ctx)
  return ctx.db.papers.restore()
end
