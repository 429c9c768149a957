-- Infinity as a key, after strings
-- expect: 500 contract_breach
return function() return { a = 1, [math.huge] = 2 } end
