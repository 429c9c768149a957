-- A comparator that sorts with a comparator that sorts
-- expect: 500 handler_deadline
return function()
  local function sort() table.sort({ 5, 3, 1, 4, 2 }, function(a, b) pcall(sort) return a < b end) end
  sort()
end
