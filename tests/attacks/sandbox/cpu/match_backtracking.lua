-- A pattern that backtracks exponentially
-- expect: 500 handler_deadline
return function() return (("a"):rep(1000) .. "b"):match(("a-"):rep(30) .. "c") end
