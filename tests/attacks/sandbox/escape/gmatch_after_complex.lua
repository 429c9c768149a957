-- gmatch after "pattern too complex" forgets how deep it may go (all releases of 5.4): it runs out of native stack
-- expect: 500 handler_trapped
return function()
  local iterator = ("a"):rep(200000):gmatch(("a?"):rep(100000))
  pcall(iterator)
  pcall(iterator)
  return true
end
