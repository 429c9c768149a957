return function(input)
  local t, s = {}, "aé€😀"
  for p, c in utf8.codes(s) do t[#t + 1] = p .. ":" .. c end
  t[#t + 1] = utf8.len(s) t[#t + 1] = utf8.offset(s, -1) t[#t + 1] = utf8.char(72, 0x20AC, 0x10FFFF)
  t[#t + 1] = { utf8.codepoint(s, 1, -1) }
  t[#t + 1] = { utf8.len("\xff") }
  t[#t + 1] = utf8.len("\u{7FFFFFFF}", 1, -1, true)
  t[#t + 1] = pcall(utf8.codepoint, "\xed\xa0\x80")
  for c in s:gmatch(utf8.charpattern) do t[#t + 1] = #c end
  for i = 1, #t do t[i] = tostring(t[i]) end
  return t
end
