-- The shortest loop there is: one instruction that jumps to itself
-- expect: 500 handler_deadline
return function() ::again:: goto again end
