-- utf8.codepoint of thousands of characters at once
-- expect: 500 handler_deadline
return function()
  local text = ("\u{20ac}"):rep(7000)
  while true do select("#", utf8.codepoint(text, 1, -1)) end
end
