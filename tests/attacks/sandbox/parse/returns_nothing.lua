-- An empty file
-- expect: 503 handler_unavailable
return ""
