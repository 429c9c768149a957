-- The file yields, and closes the coroutine it believes to be in
-- expect: 503 handler_unavailable
return "coroutine.yield(function() end) return function() end"
