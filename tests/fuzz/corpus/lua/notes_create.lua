return function(input, ctx)
  return ctx.db.notes.create(), 201
end
