-- What handlers do with rows: filter, map, reduce, group, index, join.
local function map(t, f) local r = {} for i, v in ipairs(t) do r[i] = f(v) end return r end
local function filter(t, f) local r = {} for _, v in ipairs(t) do if f(v) then r[#r + 1] = v end end return r end
local function reduce(t, f, a) for _, v in ipairs(t) do a = f(a, v) end return a end
return function()
  local orders = { { id = 1, by = "ada", cents = 500 }, { id = 2, by = "bob", cents = 250 }, { id = 3, by = "ada", cents = 50 } }
  local groups, names = {}, {}
  for _, o in ipairs(orders) do
    groups[o.by] = groups[o.by] or {}
    table.insert(groups[o.by], o.id)
  end
  for name in pairs(groups) do names[#names + 1] = name end
  table.sort(names)
  return { reduce(map(orders, function(o) return o.cents end), function(a, b) return a + b end, 0),
    #filter(orders, function(o) return o.cents > 100 end), table.concat(names, ","), table.concat(groups.ada, "+"),
    reduce(orders, function(a, o) return math.max(a, o.cents) end, -math.huge) }
end
