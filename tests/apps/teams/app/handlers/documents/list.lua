return function(input, ctx)
  return { documents = ctx.db.documents.list() }
end
