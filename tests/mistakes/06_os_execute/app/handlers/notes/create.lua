return function(input, ctx)
  os.execute("notify-send " .. input.title)
  return ctx.db.notes.create(), 201
end
