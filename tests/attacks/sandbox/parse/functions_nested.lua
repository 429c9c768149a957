-- Functions in functions
-- expect: 503 handler_unavailable
return ("return function() "):rep(2500) .. ("end "):rep(2500)
