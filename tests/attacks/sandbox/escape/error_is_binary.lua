-- An error message of 350 KB that is not UTF-8, begins like the guest's own bytes, and holds terminal escapes
-- expect: 500 handler_failed
return function() error("\x06\x02\0\0\0" .. ("\xff\0\x1b[2J\n"):rep(50000), 0) end
