return function(input)
  local n, t = 0, {}
  ::top::
  n = n + 1
  for i = 1, 5 do
    if i == 3 then goto continue end
    repeat local x = i if x > 3 then break end t[#t + 1] = x until x
    ::continue::
  end
  while n < 3 do goto top end
  do local k <const> = 5 t.n = nil t[#t + 1] = k end
  return t
end
