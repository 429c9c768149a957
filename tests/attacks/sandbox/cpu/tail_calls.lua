-- Tail calls without end, through a __call of a __call
-- expect: 500 handler_deadline
return function()
  local object = setmetatable({}, {})
  getmetatable(object).__call = function(self) return self() end
  return object()
end
