-- Weak tables and finalizers that were made while the file loaded
-- expect: 200 [0,0]
local cache, finalized = setmetatable({}, { __mode = "kv" }), 0
return function()
  local count = 0
  for _ in pairs(cache) do count = count + 1 end
  local seen = { count, finalized }
  for i = 1, 1000 do
    cache[{}], cache[i] = i, setmetatable({}, { __gc = function() finalized = finalized + 1 end })
  end
  return seen
end
