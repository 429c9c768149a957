-- null's metatable as a place to keep something in
-- expect: 200 "nothing"
return function()
  local meta = getmetatable(null)
  local seen = meta.secret or "nothing"
  meta.secret, meta.__index = "kept", function() return "kept" end
  return seen
end
