-- Much more garbage than the memory limit: large texts between deep recursions, small tables and then large texts
local function depth(n) return n == 0 and 0 or 1 + depth(n - 1) end

local function texts_and_recursion()
  local sum = 0
  for i = 1, 30 do
    local text = ("x"):rep(200000) .. i
    sum = sum + #text + depth(i * 100)
  end
  return sum
end

local function small_and_large()
  local sum = 0
  for round = 1, 5 do
    local rows = {}
    for i = 1, 10000 do rows[i] = { id = i } end
    sum = sum + #rows + #(("x"):rep(400000) .. round)
  end
  return sum
end

local function sizes()
  local parts, sum = {}, 0
  for round = 1, 30 do
    for i = 1, 20 do parts[i] = ("z"):rep(4000 + (i * 7919 + round * 104729) % 60000) end
    sum = sum + #table.concat(parts)
  end
  return sum
end

return function()
  return { texts_and_recursion(), small_and_large(), sizes() }
end
