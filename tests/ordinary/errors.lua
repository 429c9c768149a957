-- pcall, error with tables and levels, error in a coroutine, rethrowing.
return function()
  local ok, e = pcall(error, { code = "E1" })
  local ok2, e2 = pcall(function() error("plain", 0) end)
  local ok3, e3 = pcall(function() local x = nil; return x.field end)
  local co = coroutine.create(function() error { in_co = true } end)
  local ok4, e4 = coroutine.resume(co)
  local ok5, e5 = pcall(function()
    local _, inner = pcall(error, "inner", 0)
    error("outer " .. inner, 0)
  end)
  return { ok, e.code, ok2, e2, ok3, e3:gsub("^.-:%d+: ", ""), ok4, e4.in_co, ok5, e5, coroutine.status(co),
    select("#", pcall(error)), (select(2, pcall(error, nil))) == nil }
end
