-- A byte order mark and a line for the shell before the code
-- expect: 503 handler_unavailable
return "\xef\xbb\xbf#!/usr/bin/lua\nreturn function() end"
