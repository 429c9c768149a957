-- Functions of the library replaced, so that the next call would run the script's own
-- expect: 200 "before"
return function()
  local seen = string.format("%s", "before")
  for _, library in ipairs { string, table, math, os, utf8, coroutine } do
    for name in pairs(library) do library[name] = function() return "poisoned" end end
  end
  for name in pairs(_G) do if name ~= "_G" then _G[name] = nil end end
  return seen
end
