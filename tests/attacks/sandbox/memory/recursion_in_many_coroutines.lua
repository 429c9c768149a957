-- Recursion as deep as it goes in one coroutine after another, each kept
-- expect: 500 handler_memory
return function()
  local all = {}
  while true do
    local thread = coroutine.create(function()
      local function down(n) if n == 0 then coroutine.yield() end return 1 + down(n - 1) end
      return down(10000)
    end)
    coroutine.resume(thread)
    all[#all + 1] = thread
  end
end
