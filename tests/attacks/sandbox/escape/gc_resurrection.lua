-- Finalizers that bring their object back and mark it for finalization again
-- expect: 200 true
return function()
  local alive, count = {}, 0
  local meta = {}
  meta.__gc = function(object)
    count = count + 1
    if count < 1000 then
      alive[#alive % 10 + 1] = object
      setmetatable(object, meta)
    end
  end
  for _ = 1, 20000 do setmetatable({ {} }, meta) end
  return count > 0
end
