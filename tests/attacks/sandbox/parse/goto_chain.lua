-- Thousands of labels, and as many gotos to the last: each looks through all of them
-- expect: 503 handler_unavailable | 200 null
local parts = {}
for i = 1, 3000 do parts[i] = ("goto z ::a%d::"):format(i) end
return "do " .. table.concat(parts, " ") .. " ::z:: end return function() end"
