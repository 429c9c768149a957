-- table.insert at the end, with every error caught: on the edge of the limit nothing may go on
-- expect: 500 handler_memory
return function()
  local all = {}
  while true do pcall(table.insert, all, all) end
end
