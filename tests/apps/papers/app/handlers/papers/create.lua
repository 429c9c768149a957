return function(input, ctx)
  return ctx.db.papers.create(), 201
end
