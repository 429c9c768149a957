-- A file larger than 64 KB
-- expect: 503 handler_unavailable
return "return function() end -- " .. ("x"):rep(65536)
