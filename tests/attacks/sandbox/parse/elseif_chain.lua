-- A chain of elseif whose jumps all lead to the end
-- expect: 503 handler_unavailable | 200 null
return "local x if x then " .. ("elseif x then "):rep(4500) .. "end return function() end"
