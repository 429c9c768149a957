-- The file keeps 15 MB, which each call would copy before its deadline begins to count
-- expect: 503 handler_unavailable
return "local t = {} for i = 1, 130 do t[i] = ('x'):rep(100000) .. i end return function() return #t end"
