return function(input, ctx)
  local title, number = input.title, 1
  while true do
    title = input.title .. " " .. number
    number = number + 1
  end
  return ctx.db.notes.create(), 201
end
