-- An error without a value
-- expect: 500 handler_failed
return function() error() end
