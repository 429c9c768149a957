-- Blocks in blocks
-- expect: 503 handler_unavailable
return ("do "):rep(9000) .. ("end "):rep(9000) .. "return function() end"
