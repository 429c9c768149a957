return function(input, ctx)
  return ctx.db.papers.read()
end
