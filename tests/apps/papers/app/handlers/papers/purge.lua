return function(input, ctx)
  return { purged = ctx.db.papers.purge() }
end
