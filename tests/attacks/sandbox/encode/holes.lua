-- An array with holes
-- expect: 500 contract_breach
return function() return { list = { 1, nil, 3, nil, 5 } } end
