-- A generic `for` over more than four expressions crashed 5.4.2
-- expect: 200 "xxx"
return function()
  local seen = ""
  for _ in next, { 1, 2, 3 }, nil, nil, nil, {}, print do seen = seen .. "x" end
  return seen
end
