-- A value that looks like the end of this reply and another one
-- expect: 200 "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
return function() return "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" end
