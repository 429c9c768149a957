-- Precompiled code
-- expect: 503 handler_unavailable
return string.dump(function() return function() end end)
