-- Keys that are booleans, tables, functions, coroutines and null
-- expect: 500 contract_breach
return function()
  return { ok = 1, [true] = 1, [{}] = 2, [print] = 3, [coroutine.create(print)] = 4, [null] = 5 }
end
