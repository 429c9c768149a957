-- Coroutines in coroutines as deep as it goes, a loop at the bottom, again after each error
-- expect: 500 handler_deadline
return function()
  local function nest() coroutine.wrap(nest)() end
  while true do pcall(nest) end
end
