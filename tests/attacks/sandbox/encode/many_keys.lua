-- Tens of thousands of keys, that sorting them takes long
-- expect: 500 contract_breach
return function()
  local t = {}
  for i = 1, 20000 do t[("k"):rep(20) .. (i * 7919 % 1000003)] = print end
  return t
end
