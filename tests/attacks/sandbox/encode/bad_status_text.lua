-- A status that is a text
-- expect: 500 contract_breach
return function() return 1, "200" end
