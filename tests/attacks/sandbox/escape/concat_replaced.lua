-- Concatenations of nineteen operands, each of which replaces the next
-- expect: 200 180
return function()
  local meta, count = {}, 0
  meta.__concat = function(_, b)
    count = count + 1
    return setmetatable({ b }, meta)
  end
  local o = setmetatable({}, meta)
  for _ = 1, 10 do
    local _ = o .. "a" .. o .. 1 .. o .. "b" .. o .. 2 .. o .. "c" .. o .. 3 .. o .. "d" .. o .. 4 .. o .. "e" .. o
    local _ = ""
  end
  return count
end
