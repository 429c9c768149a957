-- The file takes all memory, in pcall
-- expect: 503 handler_unavailable
return "local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(1000000) .. #t end) end return function() end"
