-- Floating point: formatting, comparison with integers, NaN, infinities, rounding.
return function()
  local nan = 0 / 0
  return { 0.1 + 0.2 == 0.3, tostring(0.1), tostring(1e100), tostring(2^63), tostring(-0.0), nan ~= nan,
    1 < 1.5, 2^53 == 2^53 + 1, math.maxinteger < 2^63, math.floor(-3.5), math.ceil(-3.5), math.fmod(-7, 3),
    ("%.14g"):format(3.14159265358979), ("%5.1f|%-8.3f|%+d"):format(2.25, 1.0005, 7), 3 == 3.0,
    math.abs(-2^31), tostring(1e15), tostring(123456789012345678), 7.0 // 2, -7.5 % 2 }
end
