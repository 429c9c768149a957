-- table.concat of one long string many times
-- expect: 500 handler_memory
return function()
  local list, text = {}, ("x"):rep(100000)
  for i = 1, 100 do list[i] = text end
  pcall(table.concat, list)
  return "caught"
end
