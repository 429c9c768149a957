-- string.pack of fixed lengths, padded by the library
-- expect: 500 handler_memory
return function()
  pcall(string.pack, "c100000000", "x")
  return "caught"
end
