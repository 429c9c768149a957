-- An array of one item, very far out
-- expect: 500 contract_breach
return function() return { [1] = 1, [1 << 40] = 2 } end
