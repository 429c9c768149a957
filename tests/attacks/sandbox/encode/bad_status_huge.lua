-- A status that is no status
-- expect: 500 contract_breach
return function() return 1, math.mininteger end
