-- goto as continue, and out of nested loops.
return function()
  local out = {}
  for i = 1, 10 do
    if i % 3 ~= 0 then goto continue end
    out[#out + 1] = i
    ::continue::
  end
  for i = 1, 5 do
    for j = 1, 5 do
      if i * j == 12 then
        out[#out + 1] = i * 10 + j
        goto done
      end
    end
  end
  ::done::
  return out
end
