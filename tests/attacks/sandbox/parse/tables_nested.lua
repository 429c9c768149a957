-- Table constructors nested as deep as the file is long
-- expect: 503 handler_unavailable
return "return " .. ("{"):rep(32000) .. ("}"):rep(32000)
