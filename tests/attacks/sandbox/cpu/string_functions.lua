-- reverse, upper, lower, byte and comparison of megabytes
-- expect: 500 handler_deadline
return function()
  local text = ("Ab"):rep(250000)
  while true do
    local _ = text:reverse() == text:upper()
    _ = text:lower() < text
    _ = text:sub(2, -2)
  end
end
