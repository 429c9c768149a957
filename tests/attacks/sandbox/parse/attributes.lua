-- Attributes that do not exist, constants that are assigned, two variables to be closed
-- expect: 503 handler_unavailable
return "local a <const> = 1 local b <close>, c <close> = nil, nil a = 2 local d <evil> = 3 return function() end"
