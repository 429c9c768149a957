-- Both infinities
-- expect: 500 contract_breach
return function() return { math.huge, -math.huge } end
