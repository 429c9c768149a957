-- string.char and utf8.char into lists that are kept
-- expect: 500 handler_memory
return function()
  local all = {}
  for i = 1, math.huge do
    pcall(function() all[i] = utf8.char(i % 0x10ffff, i // 2 % 0x10ffff, 0x20ac) .. string.char(i % 256):rep(200) end)
  end
end
