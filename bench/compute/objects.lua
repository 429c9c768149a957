-- Methods by metatable, closures, upvalues.
local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Point) end
function Point.new(x, y) return setmetatable({ x = x, y = y }, Point) end
function Point:norm() return (self.x * self.x + self.y * self.y) ^ 0.5 end
return function()
  local total, p = 0, Point.new(0, 0)
  local function count(d) total = total + d end
  for i = 1, 8000 do
    p = p + Point.new(i % 3, 1)
    count(p:norm())
  end
  return total
end
