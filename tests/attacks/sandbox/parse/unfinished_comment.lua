-- A long comment that never ends
-- expect: 503 handler_unavailable
return "return function() end --[==[" .. ("]=]"):rep(20000)
