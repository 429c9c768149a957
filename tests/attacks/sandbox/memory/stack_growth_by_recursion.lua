-- The stack grows by a recursion when there is no room for it: Lua would raise "not enough memory", to be caught
-- expect: 500 handler_memory
return function()
  local all = {}
  for i = 1, 33 do all[i] = ("x"):rep(100000) .. i end
  local function down(n) return n == 0 and 0 or 1 + down(n - 1) end
  local _, problem = pcall(down, 7000)
  return problem
end
