-- Shadowing, multiple assignment, swaps, numeric for with steps, while, repeat with locals, nested functions.
return function()
  local a, b, c = 1, 2
  a, b = b, a
  local x = 1
  do local x = 2 b = b + x end
  local steps = {}
  for i = 10, 1, -4 do steps[#steps + 1] = i end
  for i = 1.0, 2, 0.5 do steps[#steps + 1] = i end
  local n = 0
  repeat local done = n >= 3 n = n + 1 until done
  while true do n = n + 1 if n > 6 then break end end
  local t = { 1, 2, [3] = "three", x = { y = { z = "deep" } } }
  local i = 1
  i, t[i] = i + 1, 20
  for _ = 5, 1 do n = 100 end
  return { a, b, c == nil, x, table.concat(steps, " "), n, t.x.y.z, t[1], i, #t, math.type(steps[4]) }
end
