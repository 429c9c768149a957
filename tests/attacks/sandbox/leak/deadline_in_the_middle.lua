-- State planted everywhere, then a run that is abandoned in the middle of it
-- expect: 500 handler_deadline
return function()
  if rawget(_G, "planted") then return planted end
  planted = "leaked"
  getmetatable("").__index = function() return planted end
  setmetatable(_G, { __index = function() return planted end })
  while true do planted = planted .. "x" if #planted > 1000 then planted = "leaked" end end
end
