local print = print
return function(input, ctx)
  local t = {}
  local _ENV = setmetatable({}, { __index = _ENV })
  x = 1 y = x string = nil
  t.a = pcall(function() return undefined end)
  t.b = pcall(function() return ("x"):upper() end)
  getmetatable("").__index = function(s, k) return s .. tostring(k) end
  t.c = ("x").foo
  setmetatable(_G, nil)
  _G.leak = (leak or 0) + 1
  t.d = _G.leak
  return t
end
