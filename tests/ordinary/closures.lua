-- Closures that share and keep upvalues.
local function counter(step)
  local n = 0
  return function() n = n + step return n end, function() return n end
end
return function()
  local up, get = counter(2)
  local other = counter(10)
  up() up() other()
  local fs = {}
  for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
  return { up(), get(), other(), fs[1](), fs[1](), fs[2](), fs[3]() }
end
