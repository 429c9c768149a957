return function(input, ctx)
  return ctx.db.documents.read()
end
