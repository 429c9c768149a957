-- Escapes beyond every range
-- expect: 503 handler_unavailable
return [[return function() return "\u{ffffffffff}\999\xzz" end]]
