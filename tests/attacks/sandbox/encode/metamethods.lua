-- __index, __len, __pairs and __tostring of a result: none of them is asked
-- expect: 200 {"real":1}
return function()
  return setmetatable({ real = 1 }, { __index = function() return "lie" end, __len = function() return 5 end,
    __pairs = function() return function() return "lie", 1 end end, __tostring = error, __name = "lie" })
end
