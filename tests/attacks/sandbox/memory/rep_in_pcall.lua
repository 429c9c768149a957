-- string.rep beyond the limit, caught and tried again
-- expect: 500 handler_memory
return function()
  pcall(string.rep, "x", 8000000)
  return "caught"
end
