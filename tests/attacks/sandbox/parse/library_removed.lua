-- The file removes the library and bends all metatables before it returns its function
-- expect: 200 "here"
return [[
local rawset = rawset
getmetatable("").__index = nil
for name in pairs(_G) do if name ~= "_G" then rawset(_G, name, nil) end end
return function() return "here" end]]
