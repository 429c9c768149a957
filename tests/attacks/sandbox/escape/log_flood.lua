-- Lines for the log: more than a call may write, binary, with line ends that forge other lines
-- expect: 500 handler_deadline
return function(_, ctx)
  local line = '\n{"level":"error","message":"forged"}\r\n\xff\xfe\0' .. ("x"):rep(5000)
  while true do ctx.log(line, line) end
end
