-- Every metamethod yields, and comes back to another stack
-- expect: 200 9
return function()
  local y = function() return coroutine.yield(true) end
  local meta = { __add = y, __index = y, __newindex = y, __lt = y, __le = y, __eq = y, __concat = y, __len = y,
    __call = y }
  local thread = coroutine.wrap(function()
    local a, b = setmetatable({}, meta), setmetatable({}, meta)
    local _ = a + 1, a.x, a < b, a <= b, a == b, a .. "x", #a, a()
    a.y = 1
    return "over"
  end)
  local count = 0
  local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
  while thread() ~= "over" do
    count = count + 1
    deep(count * 100)
  end
  return count
end
