-- A function, deep inside
-- expect: 500 contract_breach
return function() return { items = { 1, 2, { name = print } } } end
