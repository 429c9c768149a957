-- More upvalues than a function may have
-- expect: 503 handler_unavailable
local parts = {}
for level = 1, 2 do
  for i = 1, 150 do parts[#parts + 1] = ("local v%d_%d"):format(level, i) end
  parts[#parts + 1] = "return function()"
end
for level = 1, 2 do for i = 1, 150 do parts[#parts + 1] = ("v%d_%d = 1"):format(level, i) end end
return table.concat(parts, "\n") .. " end end"
