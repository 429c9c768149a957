-- utf8: length, code points, offsets, iteration, invalid bytes.
return function()
  local s = "héllo €𝄞"
  local points = {}
  for _, c in utf8.codes(s) do points[#points + 1] = ("%X"):format(c) end
  return { utf8.len(s), #s, table.concat(points, " "), utf8.char(72, 228, 8364, 119070), utf8.offset(s, 3),
    utf8.codepoint(s, utf8.offset(s, 2)), utf8.len "\xff" == nil, select(2, utf8.len "ab\xff"), s:sub(utf8.offset(s, -1)),
    ("x"):rep(3, utf8.char(8226)), #utf8.charpattern }
end
