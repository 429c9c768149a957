-- utf8.offset from end to end of a megabyte
-- expect: 500 handler_deadline
return function()
  local text = ("\u{20ac}"):rep(300000)
  while true do utf8.offset(text, -300000) utf8.offset(text, 300000) end
end
