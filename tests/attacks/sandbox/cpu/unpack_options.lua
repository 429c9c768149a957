-- string.unpack with a format of spaces
-- expect: 500 handler_deadline
return function()
  local format = ("x "):rep(400000)
  local bytes = ("\0"):rep(400000)
  while true do string.unpack(format, bytes) end
end
