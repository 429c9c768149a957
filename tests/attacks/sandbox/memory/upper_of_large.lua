-- Copies of a string of a megabyte and a half by upper, reverse, format and pack, all kept, errors caught
-- expect: 500 handler_memory
return function()
  local text, all = ("x"):rep(1500000), {}
  for _, f in ipairs { string.upper, string.reverse, string.lower } do
    pcall(function() all[#all + 1] = f(text) .. "." end)
  end
  pcall(function() all[#all + 1] = ("%s%s"):format(text, text) end)
  pcall(function() all[#all + 1] = string.pack("s4", text) end)
  return "caught"
end
