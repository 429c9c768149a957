-- string.rep of 2 GB, which is a string that Lua could have
-- expect: 500 handler_memory
return function()
  pcall(string.rep, "x", (1 << 31) - 64)
  return "caught"
end
