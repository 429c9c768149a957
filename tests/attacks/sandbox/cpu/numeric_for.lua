-- An empty numeric loop over all integers
-- expect: 500 handler_deadline
return function() for _ = math.mininteger, math.maxinteger do end end
