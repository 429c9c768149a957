-- The same with captures: what is left of them lies where the pattern broke off, and is read again
-- expect: 500 handler_trapped
return function()
  local iterator = ("a"):rep(200000):gmatch("(" .. ("a?"):rep(100000) .. ")()")
  for _ = 1, 10 do pcall(iterator) end
  return true
end
