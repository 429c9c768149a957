return function(input, ctx)
  return ctx.db.notes.update()
end
