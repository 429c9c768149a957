-- sub, rep, reverse, byte, char, upper, lower, comparison, escapes, long strings.
return function()
  local s = "Hello"
  return { s:sub(2, -2), s:sub(-3), s:sub(10), s:rep(2, "-"), s:reverse(), s:byte(-1), string.char(72, 105), s:upper() .. s:lower(),
    "a" < "b", "Z" < "a", "\x41\65\u{41}\z
    B", [[
long]], [==[a]]b]==], #"\0\0", "10" + 5, "0x10" * 1, 10 .. 20, s:len(), ("x"):rep(0), ("ab"):rep(3) }
end
