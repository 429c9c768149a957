-- More arguments, results and captures than there may be
-- expect: 200 [false,false,false,false,false]
return function()
  local many = setmetatable({}, { __len = function() return 1000000 end })
  return {
    (pcall(function() return table.unpack(many) end)),
    (pcall(function() return string.char(table.unpack({}, 1, 200000)) end)),
    (pcall(select, math.mininteger, 1)),
    (pcall(string.byte, ("x"):rep(1000000), 1, -1)),
    (pcall(string.find, ("x"):rep(100), ("(x)"):rep(33))),
  }
end
