local point = {}
point.__index = point
point.__add = function(a, b) return setmetatable({ x = a.x + b.x }, point) end
point.__eq = function(a, b) return a.x == b.x end
point.__lt = function(a, b) return a.x < b.x end
point.__le = function(a, b) return a.x <= b.x end
point.__len = function(a) return a.x end
point.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
point.__tostring = function(a) return "p" .. a.x end
point.__call = function(a, n) return a.x * n end
point.__close = function(a) a.x = 0 end
point.__unm = function(a) return -a.x end
return function()
  local p, q = setmetatable({ x = 1 }, point), setmetatable({ x = 2 }, point)
  local r = p + q
  do local c <close> = p end
  setmetatable(r, { __index = function(t, k) return k end, __newindex = function(t, k, v) rawset(t, k, v) end })
  r.y = r.z
  return { tostring(p), p < q, p <= q, p == q, #q, p .. q, q(4), -q, r.y, rawlen({ 1 }) }
end
