-- tonumber and tostring, bases, integer division of conversions.
return function()
  return { tonumber "0x1p4", tonumber "  12  ", tonumber("ff", 16), tonumber("zz", 36), tonumber "1e1", tonumber "abc" == nil,
    tonumber "" == nil, tonumber("8", 8) == nil, math.type(tonumber "10"), math.type(tonumber "10.0"), tostring(-0.0),
    tostring(1e16), 0x7fffffffffffffff, 0xffffffffffffffff, math.tointeger "8" == nil and "nil" or math.tointeger "8",
    tonumber "0x" == nil, 1e308 * 10 == math.huge, 3 | 0, ("%d"):format(3.0) }
end
