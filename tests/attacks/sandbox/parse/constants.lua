-- As many different constants as fit the file
-- expect: 200 null
local parts = {}
for i = 1, 9000 do parts[i] = ("%d.5"):format(i) end
return "local t = {" .. table.concat(parts, ",") .. "} return function() end"
