return function(input, ctx)
  pcall(function()
    ctx.db.notes.create()
  end)
  return { ok = true }, 201
end
