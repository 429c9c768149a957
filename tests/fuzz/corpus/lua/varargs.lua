local function count(...) return select("#", ...), ... end
local function rest(a, ...) return ... end
return function(...)
  local t = { count(nil, nil), (count(1, 2, 3)), rest(1, 2, 3) }
  t[#t + 1] = #table.pack(table.unpack({}, 1, 240))
  t[#t + 1] = pcall(table.unpack, {}, 1, 1e6)
  t[#t + 1] = select(-1, 1, 2) t[#t + 1] = pcall(select, 0)
  return #t
end
