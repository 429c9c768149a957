-- goto and break out of blocks with variables to be closed and captured, thousands of times
-- expect: 200 2000
return function()
  local closed, kept = 0, {}
  local meta = { __close = function() closed = closed + 1 end }
  local i = 0
  ::again::
  do
    local first <close> = setmetatable({}, meta)
    local captured = i
    kept[i % 10 + 1] = function() return captured, first end
    while true do
      local second <close> = setmetatable({}, meta)
      kept[i % 10 + 1] = function() return second end
      if i >= 0 then break end
    end
    i = i + 1
    if i < 1000 then goto again end
  end
  return closed
end
