return function(input, ctx)
  local note = ctx.db.notes.one()
  return { id = note.id, title = note.title, pages = note.pages + 1 }
end
