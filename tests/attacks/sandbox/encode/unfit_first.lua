-- A function in the first of a thousand rows: writing ends there, which is no sign of a broken interpreter
-- expect: 500 contract_breach
return function()
  local rows = { { name = print } }
  for i = 2, 1000 do rows[i] = { name = i } end
  return rows
end
