-- Varargs: select, table.pack with holes, passing on.
local function count(...) return select("#", ...) end
local function tail(_, ...) return ... end
local function sum(...)
  local s = 0
  for _, v in ipairs { ... } do s = s + v end
  return s
end
return function()
  local packed = table.pack(nil, 2, nil)
  return { count(), count(nil, nil), count(table.unpack({ 1, nil, 3 }, 1, 3)), sum(tail(1, 2, 3)), packed.n,
    select(-1, "a", "b"), (select(2, "x", "y", "z")), count(tail()) }
end
