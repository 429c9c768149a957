-- table.insert at the front of a table that says it is long
-- expect: 500 handler_deadline
return function()
  local liar = setmetatable({}, { __len = function() return 1 << 60 end, __newindex = function() end })
  table.insert(liar, 1, "x")
end
