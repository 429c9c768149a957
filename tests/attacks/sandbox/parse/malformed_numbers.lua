-- Literals that are no numbers
-- expect: 503 handler_unavailable
return "return function() return 0x, 1e+, 0x1p, 3..4 end"
