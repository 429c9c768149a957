-- Numbers at the ends of what JSON readers can hold
-- expect: 200 [9223372036854775807,-9223372036854775808,1.7976931348623157e+308,5e-324,-0.0,9007199254740993]
return function()
  return { math.maxinteger, math.mininteger, 1.7976931348623157e308, 5e-324, -0.0, 9007199254740993 }
end
