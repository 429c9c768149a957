-- coroutine.close from a __close from a coroutine.close, deeper than the C stack (overflowed it in 5.4.4 to 5.4.6)
-- expect: 200 "C stack overflow"
return function()
  local function nest()
    local thread = coroutine.create(function()
      local _ <close> = setmetatable({}, { __close = nest })
      coroutine.yield()
    end)
    coroutine.resume(thread)
    local ok, problem = coroutine.close(thread)
    if not ok then error(problem, 0) end
  end
  local _, problem = pcall(nest)
  return tostring(problem):match "C stack overflow" or tostring(problem)
end
