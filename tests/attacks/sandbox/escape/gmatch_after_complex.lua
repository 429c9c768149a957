-- gmatch's state is used again after "pattern too complex", which no release of 5.4 resets
-- expect: 200 true | 500 handler_trapped | 500 handler_failed
return function()
  local text = ("a"):rep(300000)
  local iterator = text:gmatch(("a?"):rep(300) .. "(.-)" .. ("(b?)"):rep(20))
  for _ = 1, 10 do pcall(iterator) end
  return true
end
