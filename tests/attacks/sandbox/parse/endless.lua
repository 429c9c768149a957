-- The file itself never ends
-- expect: 503 handler_unavailable
return "while true do end return function() end"
