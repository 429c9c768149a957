-- utf8 with positions that lie, and its iterator called by hand
-- expect: 200 []
return function()
  local passed = {}
  local function try(name, f, ...) if pcall(f, ...) then passed[#passed + 1] = name end end
  local iterator = utf8.codes "x"
  try("codepoint", utf8.codepoint, "abc", 1, 1 << 62)
  try("negative", utf8.codepoint, "abc", math.mininteger)
  try("offset", utf8.offset, "abc", 1, 100)
  try("len", utf8.len, "abc", 100)
  try("continuation", utf8.offset, "\x80\x80", 1, 2)
  try("char", utf8.char, 1 << 40)
  try("codes", function() for _ in utf8.codes "\xf4\xff\xff\xff" do end end)
  iterator("abc", math.maxinteger)
  iterator("abc", math.mininteger)
  iterator("abc", -1)
  return passed
end
