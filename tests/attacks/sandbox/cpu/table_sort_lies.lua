-- table.sort of a table that says it has two thousand million items, none of which is there
-- expect: 500 handler_deadline
return function()
  local liar = { __len = function() return (1 << 31) - 2 end, __index = function(_, i) return i * 7919 % 1000003 end,
    __newindex = function() end }
  table.sort(setmetatable({}, liar))
end
