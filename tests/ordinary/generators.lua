-- Coroutines as generators, wrapped and resumed.
local function range(n)
  return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end)
end
local function permutations(list, n)
  n = n or #list
  if n <= 1 then coroutine.yield(table.concat(list)) return end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
return function()
  local out = {}
  for i in range(4) do out[#out + 1] = i * i end
  for p in coroutine.wrap(function() permutations { "a", "b", "c" } end) do out[#out + 1] = p end
  return out
end
