-- string.format of the longest numbers, in a format of half a megabyte
-- expect: 500 handler_deadline
return function()
  local format = ("%%"):rep(250000) .. "%99.99f"
  while true do string.format(format, -1.7e308) end
end
