-- string.format("%q") of control characters
-- expect: 500 handler_deadline
return function()
  local text = ("\0\1\2\n\""):rep(50000)
  while true do string.format("%q", text) end
end
