return function(input, ctx)
  ctx.db.notes[input.trick]()
  return { ok = true }
end
