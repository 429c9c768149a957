-- Arithmetic, comparison, call, concat, length, index and newindex metamethods.
local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end
V.__unm = function(a) return setmetatable({ x = -a.x }, V) end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__call = function(self, n) return self.x * n end
V.__concat = function(a, b) return (type(a) == "table" and a.x or a) .. "~" .. (type(b) == "table" and b.x or b) end
V.__len = function(a) return a.x end
V.__idiv = function(a, b) return a.x // b end
V.__band = function(a, b) return a.x & b end
return function()
  local a, b = setmetatable({ x = 3 }, V), setmetatable({ x = 5 }, V)
  local log = {}
  local proxy = setmetatable({}, { __index = function(_, k) return k .. "!" end,
    __newindex = function(t, k, v) rawset(t, k, v * 2) end, __pairs = function() return next, { seen = true }, nil end })
  proxy.n = 4
  for k in pairs(proxy) do log[#log + 1] = k end
  return { (a + b).x, (-a).x, a < b, a >= b, a <= b, a(7), a .. b, a .. "s", 1 .. b, #a, a // 2, b & 4, proxy.n, proxy.other,
    log[1], rawlen(proxy), rawequal(a, a) }
end
