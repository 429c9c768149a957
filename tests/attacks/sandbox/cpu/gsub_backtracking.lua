-- gsub with an anchor-less pattern that fails late at every position
-- expect: 500 handler_deadline
return function() return ((("("):rep(100000)):gsub("%b()", "")), (("a"):rep(100000)):gsub("a-a-a-b", "") end
