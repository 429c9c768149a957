-- yield across C: out of a comparator, a gsub callback, a finalizer, a metamethod of concat
-- expect: 200 [false,false,true]
return function()
  local results = {}
  local function try(f, ...)
    local thread = coroutine.create(f)
    results[#results + 1] = (coroutine.resume(thread, ...))
  end
  try(table.sort, { 3, 1, 2 }, coroutine.yield)
  try(string.gsub, "abc", ".", coroutine.yield)
  try(function() return setmetatable({}, { __concat = coroutine.yield }) .. "x" end)
  return results
end
