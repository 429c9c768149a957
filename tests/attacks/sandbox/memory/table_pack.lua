-- table.pack of as many as fit the stack, kept
-- expect: 500 handler_memory
return function()
  local all = {}
  while true do pcall(function() all[#all + 1] = table.pack(table.unpack({}, 1, 28000)) end) end
end
