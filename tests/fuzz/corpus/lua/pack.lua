return function(input)
  local s = string.pack("<!8 i1 I2 i4 j n d f s1 s4 z xB Xi8 c5", -1, 65535, -7, 1, 2.5, 0.1, 1.5, "ab", "cd", "ef", 255, "hello")
  local t = { string.unpack("<!8 i1 I2 i4 j n d f s1 s4 z xB Xi8 c5", s) }
  t[#t] = nil
  t[#t + 1] = string.packsize("!16 i16 b h l")
  t[#t + 1] = pcall(string.unpack, "s8", ("\xff"):rep(16))
  t[#t + 1] = pcall(string.unpack, ">I3", "abc", -3)
  t[#t + 1] = pcall(string.pack, "i17", 1)
  t[7] = nil
  return #s
end
