-- A coroutine closes, resumes and wraps itself, the main one, and one that waits for it
-- expect: 200 [false,false,false,false,false]
return function()
  local main, results = coroutine.running(), {}
  local function try(f, ...) results[#results + 1] = (pcall(f, ...)) end
  local thread
  thread = coroutine.create(function()
    try(coroutine.close, thread)
    try(coroutine.close, main)
    local inner = coroutine.create(function() try(coroutine.close, thread) end)
    coroutine.resume(inner)
  end)
  coroutine.resume(thread)
  try(coroutine.close, main)
  try(coroutine.yield)
  return results
end
