-- Short strings by the million: the table of strings grows with them
-- expect: 500 handler_memory
return function()
  local all = {}
  for i = 1, math.huge do all["k" .. i] = true end
end
