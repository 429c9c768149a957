-- A finalizer changes the result while it is written
-- expect: 500 contract_breach
return function()
  local t = {}
  for i = 1, 2000 do t["k" .. i] = { i } end
  for i = 1, 2000 do
    setmetatable({}, { __gc = function() t["k" .. i] = nil t["n" .. i] = t end })
  end
  return t
end
