-- A name of 30 KB, and thousands of names
-- expect: 200 "x"
local parts = { "local t = {}" }
for i = 1, 2500 do parts[#parts + 1] = ("t.name%d=1"):format(i) end
parts[#parts + 1] = "local " .. ("n"):rep(30000) .. " = 'x' return function() return " .. ("n"):rep(200) .. " end"
return (table.concat(parts, " "):gsub("return n+", "return 'x'"))
