-- The file raises an error that is a table whose __tostring raises
-- expect: 503 handler_unavailable
return "error(setmetatable({}, { __tostring = error })) return function() end"
