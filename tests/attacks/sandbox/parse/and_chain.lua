-- `x and x and ...` to the limit of the file: the list of jumps is walked from its beginning for each
-- expect: 503 handler_unavailable | 200 null
return "local x local y = x " .. ("and x "):rep(10800) .. "return function() end"
