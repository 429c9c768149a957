-- tostring and concatenation by metamethods which call themselves through pcall
-- expect: 500 handler_deadline
return function()
  local meta = {}
  local object = setmetatable({}, meta)
  meta.__concat = function(a, b) pcall(function() return a .. b end) pcall(tostring, a) return "x" end
  meta.__tostring = function() pcall(tostring, object) return object .. object end
  while true do local _ = tostring(object) end
end
