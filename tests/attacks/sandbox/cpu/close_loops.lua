-- A variable to be closed whose __close never ends, closed by coroutine.close
-- expect: 500 handler_deadline
return function()
  local thread = coroutine.create(function()
    local _ <close> = setmetatable({}, { __close = function() while true do end end })
    coroutine.yield()
  end)
  coroutine.resume(thread)
  pcall(coroutine.close, thread)
  return true
end
