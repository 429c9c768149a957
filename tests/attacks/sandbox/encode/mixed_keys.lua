-- An array that is an object as well
-- expect: 500 contract_breach
return function() return { 1, 2, three = 3 } end
