-- Numeric loops at the ends of the integers, with floats that stand still, with a step of 0
-- expect: 200 [3,3,false,1,false]
return function()
  local up, down, odd = 0, 0, 0
  for _ = math.maxinteger - 2, math.maxinteger do up = up + 1 end
  for _ = math.mininteger + 2, math.mininteger, -1 do down = down + 1 end
  for _ = math.mininteger, math.maxinteger, math.maxinteger do if odd < 1 then odd = odd + 1 end end
  return { up, down, (pcall(function() for _ = 1, 2, 0 do end end)), odd,
    (pcall(function() for _ = 1, {}, 1 do end end)) }
end
