return function(input, ctx)
  return ctx.db.documents.create(), 201
end
