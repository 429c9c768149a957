-- Zero bytes between the words
-- expect: 503 handler_unavailable
return "return\0 function()\0 end"
