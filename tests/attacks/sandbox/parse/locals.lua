-- More local variables than a function may have
-- expect: 503 handler_unavailable
local parts = {}
for i = 1, 300 do parts[i] = ("local v%d = %d"):format(i, i) end
return table.concat(parts, "\n") .. "\nreturn function() end"
