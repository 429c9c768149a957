-- tonumber and arithmetic on strings of a megabyte of digits and spaces
-- expect: 500 handler_deadline
return function()
  local text = (" "):rep(500000) .. "0x" .. ("f"):rep(500000)
  while true do
    tonumber(text)
    tonumber(text, 36)
    pcall(function() return text + 1 end)
  end
end
