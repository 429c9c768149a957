-- An uncaught error whose message leaves no room to make a traceback
-- expect: 500 handler_memory | 500 handler_failed
return function() error(("x"):rep(3000000)) end
