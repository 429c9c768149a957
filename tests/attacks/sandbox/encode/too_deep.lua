-- Nested tens of thousands deep
-- expect: 500 contract_breach
return function()
  local t = {}
  for _ = 1, 30000 do t = { t } end
  return t
end
