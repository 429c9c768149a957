return function(input)
  local t = table.pack(table.unpack({ 1, 2, 3, nil, 5 }, 1, 5))
  table.insert(t, "x") table.insert(t, 1, "y") table.remove(t, 2) table.remove(t)
  table.move(t, 1, 3, 2) table.move({ 1, 2, 3 }, 1, 3, 1, t)
  for i = 1, 300 do t["k" .. i] = i end
  for k in pairs(t) do if type(k) == "string" then t[k] = nil end end
  t[2.0], t[-1], t[1 << 40] = "two", "neg", "far"
  local n = 0
  for k, v in next, t do n = n + 1 end
  return table.concat({ 1, 2.5, "x" }, ", ") .. n
end
