-- The message handler of xpcall never ends
-- expect: 500 handler_deadline
return function() xpcall(error, function() while true do end end) end
