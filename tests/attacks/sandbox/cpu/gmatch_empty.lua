-- gmatch that finds the empty string everywhere, over and over
-- expect: 500 handler_deadline
return function()
  local text = ("x"):rep(1000000)
  while true do for _ in text:gmatch "" do end end
end
