-- Addresses of functions and tables: all that can be learnt are offsets into the instance's own memory
-- expect: 200 true
return function()
  local small = true
  for _, value in ipairs { print, {}, coroutine.create(print), string.format, function() end } do
    for _, text in ipairs { tostring(value), string.format("%p", value) } do
      local address = tonumber(text:match "0x(%x+)" or text:match "(%x+)$", 16)
      small = small and address < 1 << 32
    end
  end
  return small
end
