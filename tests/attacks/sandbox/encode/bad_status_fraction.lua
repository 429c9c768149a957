-- A status that is not whole
-- expect: 500 contract_breach
return function() return 1, 200.5 end
