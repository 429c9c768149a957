-- Integer arithmetic: division, modulo, wrap-around, conversions.
return function()
  return { 7 // 2, -7 // 2, 7 % -3, -7 % 3, 7 // -2, math.maxinteger + 1 == math.mininteger,
    math.mininteger // -1 == math.mininteger, math.tointeger(3.0), math.type(3 // 1), math.type(3 / 1),
    1 << 62, 1 << 64, -1 >> 60, 5 // 0.0 == math.huge, math.ult(1, -1), tostring(10 // 3.0), 2^53 | 0,
    (pcall(function() return 1 // 0 end)), (pcall(function() return 1.5 | 0 end)) }
end
