-- Finalizers that leave two objects to finalize each
-- expect: 500 handler_deadline
return function()
  local meta = {}
  meta.__gc = function() setmetatable({}, meta) setmetatable({}, meta) end
  setmetatable({}, meta)
  while true do local _ = {} end
end
