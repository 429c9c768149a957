-- The generator of random numbers, seeded by this call: the next must not go on with its numbers
-- expect: 200 true
local last
return function()
  local first = math.random(0)
  math.randomseed(42)
  local known = math.random(0)
  local repeated = first == last
  last = math.random(0)
  return not repeated and first ~= known
end
