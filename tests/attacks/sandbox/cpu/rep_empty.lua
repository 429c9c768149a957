-- string.rep of the empty string loops in C as often as it is told
-- expect: 500 handler_deadline
return function() return (""):rep(1 << 62) end
