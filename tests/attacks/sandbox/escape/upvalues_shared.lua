-- Closures that share variables across coroutines which are closed, dead or collected
-- expect: 200 5000
return function()
  local functions = {}
  for i = 1, 5000 do
    local thread = coroutine.create(function()
      local variable = i
      functions[i] = function(by) variable = variable + by return variable end
      coroutine.yield()
    end)
    coroutine.resume(thread)
    if i % 2 == 0 then coroutine.close(thread) end
  end
  local right = 0
  for i = 1, 5000 do
    functions[i](1)
    if functions[i](1) == i + 2 then right = right + 1 end
  end
  return right
end
