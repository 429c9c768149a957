-- Coroutines each of which keeps a stack as large as it may be
-- expect: 500 handler_memory
return function()
  local all = {}
  while true do
    local thread = coroutine.create(function(...) coroutine.yield(select("#", ...)) end)
    pcall(coroutine.resume, thread, table.unpack({}, 1, 28000))
    all[#all + 1] = thread
  end
end
