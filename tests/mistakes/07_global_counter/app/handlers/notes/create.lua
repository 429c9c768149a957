calls = 0

return function(input, ctx)
  calls = calls + 1
  if calls > 100 then error("too many notes") end
  return ctx.db.notes.create(), 201
end
