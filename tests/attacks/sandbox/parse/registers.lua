-- A call with more arguments than there are registers
-- expect: 503 handler_unavailable
return "local f = print return function() f(" .. ("{f(1, 2)}, "):rep(300) .. "1) end"
