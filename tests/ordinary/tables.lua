-- insert, remove, concat, move, unpack, pack, holes at the end.
return function()
  local t = { "a", "b", "c" }
  table.insert(t, "d")
  table.insert(t, 1, "z")
  local removed, last = table.remove(t, 2), table.remove(t)
  local moved = table.move({ 1, 2, 3 }, 2, 3, 1, { 9, 9, 9 })
  local overlapping = table.move({ 1, 2, 3, 4, 5 }, 1, 4, 2)
  return { table.concat(t, ","), removed, last, table.concat(moved, ","), table.concat(overlapping, ","),
    table.concat({ 1, 2.5, "x" }, "-", 2, 3), select("#", table.unpack({ 1, 2 }, 1, 4)), #t, table.remove {} == nil,
    next {} == nil, rawlen { 1, 2 }, table.concat {} }
end
