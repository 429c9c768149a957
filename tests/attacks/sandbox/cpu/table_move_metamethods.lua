-- table.move between tables whose __index and __newindex do nothing
-- expect: 500 handler_deadline
return function()
  local void = setmetatable({}, { __index = function() end, __newindex = function() end })
  table.move(void, -(1 << 61), 1 << 61, 0, void)
end
