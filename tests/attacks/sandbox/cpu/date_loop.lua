-- os.date and os.time with the longest formats and the farthest years
-- expect: 500 handler_deadline
return function()
  while true do
    pcall(os.date, ("%c%x%X"):rep(1000), 1 << 40)
    pcall(os.time, { year = math.maxinteger, month = -math.maxinteger, day = 1 << 31 })
    pcall(os.date, "*t", math.mininteger)
  end
end
