-- A chain of unary operators, each a level of the parser
-- expect: 503 handler_unavailable
return "return " .. ("- "):rep(30000) .. "1"
