-- A finalizer that never ends
-- expect: 500 handler_deadline
return function()
  setmetatable({}, { __gc = function() while true do end end })
  while true do local _ = {} end
end
