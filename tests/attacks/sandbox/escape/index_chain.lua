-- Chains of __index and __newindex that lead back to themselves
-- expect: 200 [false,false,false]
return function()
  local a, b = {}, {}
  setmetatable(a, { __index = b, __newindex = b })
  setmetatable(b, { __index = a, __newindex = a })
  local deep = {}
  for _ = 1, 5000 do deep = setmetatable({}, { __index = deep }) end
  return {
    (pcall(function() return a.x end)),
    (pcall(function() a.x = 1 end)),
    (pcall(function() return deep.x end)),
  }
end
