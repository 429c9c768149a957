return function(input, ctx)
  local co = coroutine.create(function(a, ...)
    local b = coroutine.yield(a + 1, ...)
    local c = coroutine.yield(b * 2)
    error({ c })
  end)
  local t = { coroutine.resume(co, 1, 2) }
  t[#t + 1] = select(2, coroutine.resume(co, 5))
  t[#t + 1] = coroutine.status(co)
  t[#t + 1] = select(2, coroutine.resume(co, 7))[1]
  t[#t + 1] = coroutine.close(co)
  for i in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) ctx.sleep(0) end end) do t[#t + 1] = i end
  return t
end
