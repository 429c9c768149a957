return function(input)
  local s = input.text .. " key = value, (nested (brackets)) x=1"
  local t = {}
  for k, v in s:gmatch("(%w+)%s*=%s*(%w+)") do t[k] = v end
  t.a = s:gsub("%b()", function(b) return "<" .. b:sub(2, -2) .. ">" end)
  t.b = s:gsub("%w+", { one = "1", two = false })
  t.c = { s:find("()(%a)%2()") }
  t.d = s:match("^%s*(.-)%s*$")
  t.e = s:gsub("%f[%w]%w", string.upper, 3)
  t.f = ("aaab"):find(".-b", -3)
  t.g = ("x"):rep(20):gsub("", "-", 5)
  return t
end
