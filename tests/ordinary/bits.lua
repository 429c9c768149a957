-- Bit operators.
return function()
  local flags = 0
  for _, bit in ipairs { 0, 3, 5 } do flags = flags | (1 << bit) end
  return { flags, flags & 0x29, flags ~ 0xff, ~flags, flags >> 1, 0xffffffff << 4, 2.0 & 3 }
end
