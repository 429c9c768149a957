-- More values than a reply may have
-- expect: 500 contract_breach
return function()
  local t = {}
  for i = 1, 100001 do t[i] = true end
  return t
end
