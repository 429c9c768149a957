-- Patterns: captures, anchors, frontier, balance, positions.
return function()
  local key, value = ("name = Ada"):match "^(%w+)%s*=%s*(%w+)$"
  local words = {}
  for w in ("the quick, brown fox"):gmatch "%a+" do words[#words + 1] = w end
  return { key, value, table.concat(words, "|"), ("THE (quick) fox"):find "%((%a+)%)",
    ("x(a(b)c)y"):match "%b()", ("THE (quick) fox"):gsub("%f[%a]%a+", string.lower), ("hello"):find "l+",
    ("2026-11-25"):match "(%d+)-(%d+)-(%d+)", ("  trim "):match "^%s*(.-)%s*$", ("a.b"):find(".", 1, true),
    ("abc"):match "()b()", ("%d"):gsub("%%", "#"), ("key=val"):match "(%w+)=(%w+)" }
end
