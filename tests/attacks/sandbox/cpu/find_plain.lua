-- A plain search whose every position nearly matches
-- expect: 500 handler_deadline
return function()
  local text, needle = ("a"):rep(500000), ("a"):rep(100000) .. "b"
  while true do text:find(needle, 1, true) end
end
