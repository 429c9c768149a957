-- A table that holds one twice, which holds one twice: 2^40 values in forty tables
-- expect: 500 contract_breach
return function()
  local t = { 1 }
  for _ = 1, 40 do t = { t, t } end
  return t
end
