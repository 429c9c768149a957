return function()
  local t = {}
  for i = 1, 62 do t = { t } end
  for i = 1, 9 do t = { a = t, b = i } end
  return t
end
