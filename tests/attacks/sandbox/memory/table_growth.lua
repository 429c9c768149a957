-- A table that grows for ever
-- expect: 500 handler_memory
return function()
  local all = {}
  for i = 1, math.huge do all[i] = { i } end
end
