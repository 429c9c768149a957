-- Literals of thousands of digits: they wrap around, or become infinite, or zero
-- expect: 200 [0,true]
local digits = ("9"):rep(20000)
return ("local a, b, c = 0x%s0000000000000000, %s, 1e-%s return function() return { a, b == 1 / 0 and c == 0 } end")
  :format(("f"):rep(20000), digits, ("9"):rep(15000))
