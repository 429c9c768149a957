-- Character sets of 100 KB, tried at every position
-- expect: 500 handler_deadline
return function() return (("y"):rep(100000)):find("%f[" .. ("x"):rep(100000) .. "]") end
