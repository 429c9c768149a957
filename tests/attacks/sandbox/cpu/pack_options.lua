-- string.pack with a format of a megabyte that packs nothing
-- expect: 500 handler_deadline
return function()
  local format = ("<>=! "):rep(200000)
  while true do string.packsize(format) string.pack(format) end
end
