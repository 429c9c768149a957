return function(input)
  local list = { f = print, h = { 1, [3] = 3 }, k = { [true] = 1 }, nan = 0 / 0, co = coroutine.create(print), u = "\xff", c = {} }
  list.c.c = list.c
  if input.n == 10 then return { items = { 1, { name = { null, "x", 1.5, true, {} } } } }, 201 end
  return list
end
