-- A table that is filled and emptied so that every new key searches and rehashes
-- expect: 500 handler_deadline
return function()
  local t = {}
  for i = 1, 1e9 do
    t[i % 4096] = i
    t[i % 4096 + 0.5] = i
    t["k" .. i % 4096] = nil
    if i % 64 == 0 then t[next(t)] = nil end
  end
end
