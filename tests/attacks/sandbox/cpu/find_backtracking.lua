-- find with greedy repetitions that all have to give back
-- expect: 500 handler_deadline
return function() return (("x"):rep(5000)):find((".*"):rep(20) .. "y") end
