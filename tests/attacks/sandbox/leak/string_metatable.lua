-- A method and a metamethod added to all strings
-- expect: 200 [false,false]
return function()
  local meta = getmetatable("")
  local seen = { rawget(meta, "__call") ~= nil, (pcall(function() return ("x").stolen end)) and ("x").stolen ~= nil }
  meta.__call = function() return "called" end
  meta.__index.stolen = "method"
  return seen
end
