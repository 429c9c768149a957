-- string.pack and unpack: sizes, endianness, strings, alignment.
return function()
  local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
  return { hex(string.pack("<i4", -2)), hex(string.pack(">I2", 258)), hex(string.pack("z", "hi")), hex(string.pack("<s2", "abc")),
    (string.unpack("<i4", string.pack("<i4", -2))), (string.unpack("<d", string.pack("<d", 1.5))), string.packsize "<i4i8",
    hex(string.pack("!4 <i1 i4", 1, 2)), select("#", string.unpack("<BBB", "abc")), hex(string.pack(">f", 0.5)) }
end
