return function(input, ctx)
  ctx.db.notes.delete()
end
