return function(input)
  local t = {}
  for i = 1, 10 do t[i] = function(n) i = i + n return i end end
  local a, b = t[1], t[2]
  local function f(...) local x, y = ... return select("#", ...), y, x end
  return { a(1), (f(1, nil, 3)), a(2), b(3) }
end
