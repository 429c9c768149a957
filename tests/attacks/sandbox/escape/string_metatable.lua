-- The metatable of strings is bent, so that whatever the interpreter or the host does with strings calls the script
-- expect: 500 handler_failed
return function()
  local meta = getmetatable("")
  meta.__index = function() error("caught") end
  meta.__len, meta.__concat, meta.__eq = meta.__index, meta.__index, meta.__index
  return ("x"):upper()
end
