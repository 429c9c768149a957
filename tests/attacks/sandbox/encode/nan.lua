-- Not a number, deep inside
-- expect: 500 contract_breach
return function() return { items = { { value = 0 / 0 } } } end
