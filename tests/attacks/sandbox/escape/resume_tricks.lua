-- Resuming the dead, the running, the waiting; wrap inside wrap; as many values as fit
-- expect: 200 [false,false,true,false]
return function()
  local results = {}
  local function try(f, ...) results[#results + 1] = (pcall(f, ...)) end
  local dead = coroutine.wrap(function() end)
  dead()
  try(dead)
  local own
  own = coroutine.wrap(function() own() end)
  try(own)
  try(coroutine.wrap(function() coroutine.yield(table.unpack({}, 1, 14000)) end), table.unpack({}, 1, 10000))
  try(function() coroutine.wrap(function(...) error(...) end)({}) end)
  return results
end
