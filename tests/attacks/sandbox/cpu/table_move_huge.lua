-- table.move over all integers of a table that is empty
-- expect: 500 handler_deadline
return function() table.move({}, 1, math.maxinteger - 1, 2) end
