-- A string that never ends
-- expect: 503 handler_unavailable
return "return function() return '" .. ("\\x41"):rep(15000)
