-- Concatenations and powers, which nest to the right
-- expect: 503 handler_unavailable
return "local x = 2 local y = x " .. ("^ x "):rep(10000) .. " return function() end"
