-- Addresses of a thousand new tables: if a call left anything on the heap, the next call's tables would lie elsewhere
-- expect: 200 *
return function()
  local texts = {}
  for i = 1, 1000 do texts[i] = ("%p"):format({ i }) end
  local all = table.concat(texts, " ")
  for i = 1, 5000 do texts[i] = ("x"):rep(i % 500) .. i end
  return all
end
