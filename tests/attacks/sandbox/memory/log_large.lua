-- Log lines made of megabytes
-- expect: 500 handler_memory
return function(_, ctx)
  local text = ("x"):rep(1000000)
  pcall(ctx.log, text, text, text, text, text)
  return "caught"
end
