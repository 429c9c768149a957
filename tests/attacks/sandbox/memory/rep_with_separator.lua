-- string.rep of nothing with a separator, beyond the limit, in a coroutine
-- expect: 500 handler_memory
return function()
  coroutine.resume(coroutine.create(string.rep), "", 5000000, ",")
  return "caught"
end
