-- null with another metatable: what the host takes for null stays null
-- expect: 200 [null,"bent",null]
return function()
  local meta = getmetatable(null)
  meta.__index = function() return "bent" end
  meta.__tostring, meta.__name, meta.__eq, meta.__close = nil, "string", rawequal, print
  return { null, null.field, null }
end
