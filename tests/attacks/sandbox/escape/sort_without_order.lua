-- Comparators without an order, which make quicksort read outside of the range
-- expect: 200 true
return function()
  local list = {}
  for i = 1, 100 do list[i] = i % 7 end
  local always = pcall(table.sort, list, function() return true end)
  local random = pcall(table.sort, list, function() return math.random() < 0.5 end)
  return always ~= nil and random ~= nil
end
