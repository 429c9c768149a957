-- Garbage that its finalizer makes alive again
-- expect: 500 handler_memory
return function()
  local all = {}
  while true do
    setmetatable({ ("x"):rep(100) }, { __gc = function(object) all[#all + 1] = object end })
  end
end
