-- Coroutines by the thousand, all waiting
-- expect: 500 handler_memory
return function()
  local all = {}
  while true do
    local thread = coroutine.wrap(function() coroutine.yield() end)
    thread()
    all[#all + 1] = thread
  end
end
