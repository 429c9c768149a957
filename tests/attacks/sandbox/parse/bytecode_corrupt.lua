-- Precompiled code with its header intact and noise behind
-- expect: 503 handler_unavailable
return string.dump(function() return 1 end):sub(1, 40) .. ("\xff\x7f\0\x80"):rep(4000)
