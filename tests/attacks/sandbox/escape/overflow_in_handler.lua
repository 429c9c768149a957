-- The message handler overflows the stack while an overflow of the stack is handled
-- expect: 200 [false,false]
return function()
  local function loop(...) return 1 + loop(...) end
  local object = setmetatable({}, {})
  getmetatable(object).__index = function(o, key) return o[key] .. "x" end
  return { (xpcall(loop, loop, 1, 2, 3)), (xpcall(function() return object.x end, function() return object.x end)) }
end
