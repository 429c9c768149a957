-- table.remove from the front of a table that says it is long
-- expect: 500 handler_deadline
return function()
  return table.remove(setmetatable({}, { __len = function() return 1 << 60 end, __newindex = function() end }), 1)
end
