-- A status that the contract does not declare
-- expect: 500 contract_breach
return function() return { ok = true }, 302 end
