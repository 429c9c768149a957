-- The file leaves a finalizer that never ends to whoever collects garbage when it has been loaded
-- expect: 503 handler_unavailable
return "setmetatable({}, { __gc = function() while true do end end }) return function() end"
