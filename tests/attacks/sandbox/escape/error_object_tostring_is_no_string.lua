-- An error object whose __tostring returns a table
-- expect: 500 handler_failed
return function() error(setmetatable({}, { __tostring = function() return {} end })) end
