return function(input, ctx)
  return { papers = ctx.db.papers.list() }
end
