return function(input)
  local t = {}
  for _, f in ipairs { "%5d|", "%-8.3f|", "%+e", "%g", "%a", "%x", "%o", "%c", "%q", "%i", "%%" } do
    t[#t + 1] = string.format(f, 77)
  end
  t[#t + 1] = string.format("%q %s %.3s %20s", "a\0b\n", {}, "abcdef", nil):len()
  t[#t + 1] = string.format("%q %q", math.mininteger, 0.1)
  t[#t + 1] = pcall(string.format, "%99.99f%999d", 1e308, 1)
  return t
end
