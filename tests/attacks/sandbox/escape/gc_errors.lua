-- Finalizers that raise, yield, and make garbage with finalizers
-- expect: 200 true
return function()
  local ran = false
  local meta = {}
  meta.__gc = function()
    ran = true
    pcall(coroutine.yield)
    for _ = 1, 3 do setmetatable({}, { __gc = function() error {} end }) end
    error(setmetatable({}, { __tostring = error }))
  end
  for _ = 1, 5000 do setmetatable({}, meta) end
  return ran
end
