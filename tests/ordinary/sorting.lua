-- sort with and without a comparator; by several keys.
return function()
  local t = { 5, 2, 8, 1, 9, 3 }
  table.sort(t)
  local down = { 5, 2, 8, 1, 9, 3 }
  table.sort(down, function(a, b) return a > b end)
  local people = { { "bob", 30 }, { "ada", 30 }, { "eve", 25 } }
  table.sort(people, function(a, b)
    if a[2] ~= b[2] then return a[2] < b[2] end
    return a[1] < b[1]
  end)
  local names = {}
  for i, p in ipairs(people) do names[i] = p[1] end
  return { table.concat(t, ","), table.concat(down, ","), table.concat(names, ","),
    pcall(table.sort, { 1, "x", 2 }) and "sorted" or "not comparable" }
end
