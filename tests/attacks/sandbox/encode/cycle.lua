-- A table that holds itself
-- expect: 500 contract_breach
return function()
  local t = {}
  t.t = t
  return t
end
