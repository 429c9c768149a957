-- The host's log, with lines of a megabyte that it has to look through
-- expect: 500 handler_deadline
return function(_, ctx)
  local line = ("\xc3"):rep(1000000)
  while true do ctx.log(line) end
end
