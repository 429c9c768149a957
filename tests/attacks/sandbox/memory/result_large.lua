-- A result that names one string a thousand times: it counts for the memory as often
-- expect: 500 handler_memory
return function()
  local list, text = {}, ("x"):rep(10000)
  for i = 1, 1000 do list[i] = text end
  return list
end
