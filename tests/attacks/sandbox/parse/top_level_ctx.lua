-- The file returns what is no function: nothing, a table that can be called, a coroutine
-- expect: 503 handler_unavailable
return "return setmetatable({}, { __call = function() return 1 end }), coroutine.create(print)"
