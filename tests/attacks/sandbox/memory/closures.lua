-- Closures that keep each other
-- expect: 500 handler_memory
return function()
  local last
  while true do
    local before = last
    last = function() return before, last end
  end
end
