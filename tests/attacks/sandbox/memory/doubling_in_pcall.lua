-- A string that doubles, and catches whatever error there is
-- expect: 500 handler_memory
return function()
  local text = "x"
  while true do pcall(function() text = text .. text end) end
end
