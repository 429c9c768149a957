-- utf8.len of a megabyte, again and again
-- expect: 500 handler_deadline
return function()
  local text = ("\u{20ac}"):rep(300000)
  while true do utf8.len(text) end
end
