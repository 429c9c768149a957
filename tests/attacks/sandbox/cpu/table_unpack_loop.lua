-- table.unpack of as many as fit, again and again
-- expect: 500 handler_deadline
return function() while true do select("#", table.unpack({}, 1, 20000)) end end
