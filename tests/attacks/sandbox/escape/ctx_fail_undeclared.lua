-- ctx.fail with a code that the contract does not declare, out of a finalizer inside a coroutine
-- expect: 500 contract_breach
return function(_, ctx)
  coroutine.wrap(function()
    setmetatable({}, { __gc = function() ctx.fail("not\0declared\xff") end })
    for _ = 1, 100000 do local _ = {} end
  end)()
  return true
end
