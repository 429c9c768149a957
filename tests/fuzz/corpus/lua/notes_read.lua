return function(input, ctx)
  local note = ctx.db.notes.read()
  if note == null then ctx.fail("no_such_note") end
  return note
end
