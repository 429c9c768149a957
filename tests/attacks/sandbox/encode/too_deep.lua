-- Nested a hundred thousand deep
-- expect: 500 contract_breach | 500 handler_memory
return function()
  local t = {}
  for _ = 1, 30000 do t = { t } end
  return t
end
