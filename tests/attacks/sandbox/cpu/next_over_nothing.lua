-- next over a large table whose fields have all been removed: each call walks all of it
-- expect: 500 handler_deadline
return function()
  local t = {}
  for i = 1, 30000 do t["k" .. i] = true end
  for key in pairs(t) do t[key] = nil end
  while true do next(t) end
end
