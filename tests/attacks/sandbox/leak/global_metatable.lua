-- The metatable of the globals, through which every misspelt name would be answered
-- expect: 200 false
return function()
  local seen = (pcall(function() return _G.surely_undefined end))
  setmetatable(_G, { __index = function() return "kept" end })
  return seen
end
