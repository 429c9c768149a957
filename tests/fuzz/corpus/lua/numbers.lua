return function(input)
  local t = { 7 // 2, -7 // 2, 7 % -3, 7.5 // 2, 2^53, 1 << 62, ~0 >> 1, 5 & 3 | 8 ~ 1, 0x10p2, 1e15, "10" + 5, 10 .. "" }
  t[#t + 1] = math.mininteger // -1
  t[#t + 1] = math.tointeger("8") or math.type(2^31)
  t[#t + 1] = math.fmod(-6, 4) t[#t + 1] = math.ult(-1, 1) t[#t + 1] = tonumber("z", 36) t[#t + 1] = tonumber(" 0x1p4 ")
  t[#t + 1] = 3 == 3.0 t[#t + 1] = math.maxinteger + 0.0 == math.maxinteger t[#t + 1] = pcall(function() return 1 // 0 end)
  for i = math.maxinteger - 2, math.maxinteger do t[#t + 1] = i end
  for i = 1, 0.5, -0.25 do t[#t + 1] = i end
  t[#t + 1] = string.format("%.17g", 0.1 + 0.2) t[#t + 1] = math.random(5) t[#t + 1] = math.abs(math.mininteger)
  return t
end
