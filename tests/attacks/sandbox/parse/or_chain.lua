-- `not x or not x or ...` as a condition
-- expect: 503 handler_unavailable | 200 null
return "local x if x " .. ("or not x "):rep(7000) .. "then end return function() end"
