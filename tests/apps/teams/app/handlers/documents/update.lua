return function(input, ctx)
  return ctx.db.documents.update()
end
