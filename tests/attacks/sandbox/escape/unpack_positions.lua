-- string.unpack and pack with positions, lengths and alignments that lie
-- expect: 200 []
return function()
  local passed = {}
  local function try(name, f, ...) if pcall(f, ...) then passed[#passed + 1] = name end end
  try("position", string.unpack, "z", "abc\0", 1 << 62)
  try("length", string.unpack, "s8", ("\xff"):rep(16))
  try("length of 4", string.unpack, "s4", "\xff\xff\xff\x7f" .. "abc")
  try("integer", string.unpack, "i16", ("\xff"):rep(8) .. ("\x01"):rep(8))
  try("width", string.pack, "i17", 1)
  try("alignment", string.pack, "!17", 1)
  try("not a power", string.pack, "!3Xi3", 1)
  try("zero", string.unpack, "z", "abc")
  try("count", string.unpack, ("b"):rep(1000000), ("x"):rep(1000000))
  try("total", string.packsize, "c2147483647c2147483647c2147483647")
  try("padding", string.packsize, ("c2147483647"):rep(3) .. "!16Xi16")
  return passed
end
