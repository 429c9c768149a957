return function()
  local t = {}
  local function f(n) return 1 + f(n) end
  local function g() return (string.gsub("x", "x", g)) end
  t[1] = pcall(g)
  local m = setmetatable({}, {}) getmetatable(m).__index = function(o, k) return o[k + 1] end
  t[2] = pcall(function() return m[1] end)
  t[3] = pcall(f)
  return t
end
