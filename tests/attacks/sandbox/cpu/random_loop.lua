-- The host's random numbers, without end
-- expect: 500 handler_deadline
return function() while true do math.randomseed() end end
