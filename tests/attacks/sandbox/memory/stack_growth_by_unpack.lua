-- The stack grows for table.unpack when there is no room for it: Lua would call that "too many results", to be caught
-- expect: 500 handler_memory
return function()
  local all = {}
  for i = 1, 38 do all[i] = ("x"):rep(100000) .. i end
  pcall(function() return table.unpack({}, 1, 28000) end)
  return "caught"
end
