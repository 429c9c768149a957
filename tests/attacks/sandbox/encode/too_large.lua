-- A text larger than a reply may be
-- expect: 500 contract_breach
return function() return ("x"):rep(1100000) end
