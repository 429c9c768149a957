return function()
  local t = {}
  local co = coroutine.wrap(function()
    local x <close> = setmetatable({}, { __close = function(_, e) coroutine.yield("closing") t[#t + 1] = tostring(e) end })
    local y <close> = setmetatable({}, { __close = function(_, e) error("again", 0) end })
    error("first", 0)
  end)
  t[1] = co()
  t[2] = pcall(co)
  local z = coroutine.create(function() local x <close> = setmetatable({}, { __close = coroutine.yield }) end)
  coroutine.resume(z)
  t[#t + 1] = coroutine.close(z)
  return t
end
