-- The stack of a coroutine grows for its arguments when there is no room for it, in every function that checks first
-- expect: 500 handler_memory
return function()
  local all = {}
  for i = 1, 35 do all[i] = ("x"):rep(100000) .. i end
  local results = {}
  local function try(f, ...) results[#results + 1] = select(2, pcall(f, ...)) end
  try(coroutine.resume, coroutine.create(function(...)
    try(coroutine.resume, coroutine.create(select), "#", ...)
    try(coroutine.wrap(function(...) return ... end), ...)
    try(string.byte, all[1], 1, 28000)
    try(utf8.codepoint, all[1], 1, 28000)
  end), table.unpack({}, 1, 6000))
  return results
end
