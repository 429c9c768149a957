-- An uncaught error whose message leaves no room to make a traceback
-- expect: 500 handler_memory
return function() error(("x"):rep(3000000)) end
