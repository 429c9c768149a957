-- A coroutine as the whole result
-- expect: 500 contract_breach
return function() return coroutine.create(print) end
