-- A coroutine made while the file loads, which counts how often it was resumed
-- expect: 200 1
local thread = coroutine.wrap(function()
  for i = 1, math.huge do coroutine.yield(i) end
end)
return function() return thread() end
