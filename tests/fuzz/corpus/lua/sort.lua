return function(input)
  local t, u = {}, {}
  for i = 1, 100 do t[i] = (i * 37) % 101 u[i] = tostring(t[i]) end
  table.sort(t)
  table.sort(u, function(a, b) return #a < #b or #a == #b and a < b end)
  pcall(table.sort, t, function() return true end)
  pcall(table.sort, u, function(a, b) u[#u] = nil return a > b end)
  table.sort({ 3, 1, 2 }, function(a, b) return a < b end)
  return { t[1], u[1], #u }
end
