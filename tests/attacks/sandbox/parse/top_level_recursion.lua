-- The file requires itself, and modules that are not there
-- expect: 503 handler_unavailable
return "require 'counter' require 'parse.top_level_recursion' return function() end"
