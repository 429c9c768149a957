-- Ephemerons in chains and circles, whose values are finalized while the tables are walked
-- expect: 200 true
return function()
  local weak = setmetatable({}, { __mode = "k" })
  local chain = {}
  for i = 1, 3000 do
    local key = setmetatable({}, { __gc = function() weak[chain] = nil end })
    weak[key] = { chain, key }
    chain = i % 10 == 0 and {} or key
  end
  for key in pairs(weak) do
    weak[key] = nil
    local _ = { {}, {}, {} }
  end
  return next(weak) == nil
end
