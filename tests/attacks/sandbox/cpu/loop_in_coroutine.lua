-- A loop inside a coroutine that is resumed for ever
-- expect: 500 handler_deadline
return function()
  local thread = coroutine.wrap(function() while true do coroutine.yield() end end)
  while true do thread() end
end
