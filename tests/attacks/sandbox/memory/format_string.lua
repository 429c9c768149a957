-- string.format of a string that is copied often
-- expect: 500 handler_memory
return function()
  local text = ("x"):rep(1000000)
  pcall(string.format, "%s%s%s%s%s", text, text, text, text, text)
  return "caught"
end
