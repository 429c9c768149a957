-- Numbers as keys that are no array: negative, zero, fractions, the largest
-- expect: 500 contract_breach
return function() return { [-1] = 1, [0] = 2, [0.5] = 3, [math.maxinteger] = 4, [math.mininteger] = 5 } end
