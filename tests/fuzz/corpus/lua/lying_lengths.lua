return function()
  local big = setmetatable({}, { __len = function() return 1 << 20 end, __index = function(_, k) return k end, __newindex = function() end })
  local t = {}
  t[1] = pcall(table.concat, big, "", 1, 100)
  t[2] = pcall(table.insert, big, 1 << 62, 1)
  t[3] = pcall(table.move, big, 1, 100, 2)
  t[4] = pcall(table.unpack, big, 1, 100)
  t[5] = pcall(table.sort, setmetatable({}, { __len = function() return 50 end, __index = function(_, k) return 50 - k end, __newindex = function() end }))
  t[6] = pcall(table.remove, big)
  t[7] = pcall(table.unpack, {}, math.mininteger, math.maxinteger)
  for i = 1, #t do t[i] = tostring(t[i]) end
  return t
end
