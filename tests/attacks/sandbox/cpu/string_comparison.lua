-- Comparing strings of zero bytes, each of which is a string of its own to strcoll
-- expect: 500 handler_deadline
return function()
  local a, b = ("\0"):rep(500000) .. "a", ("\0"):rep(500000) .. "b"
  while true do local _ = a < b end
end
