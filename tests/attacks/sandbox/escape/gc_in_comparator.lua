-- Finalizers that run inside a comparator and empty the array that is being sorted
-- expect: 200 true
return function()
  local list = {}
  for i = 1, 500 do list[i] = (i * 7919) % 503 end
  pcall(table.sort, list, function(a, b)
    setmetatable({}, { __gc = function() for i = #list, 1, -1 do list[i] = nil end end })
    for _ = 1, 10 do local _ = { {}, {} } end
    return (a or 0) < (b or 0)
  end)
  return true
end
