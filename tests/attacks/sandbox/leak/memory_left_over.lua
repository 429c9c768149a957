-- Takes nearly all memory and leaves it full of marks: what the next call takes must come from where it came before
-- expect: 200 *
return function()
  local all, addresses = {}, {}
  for i = 1, 30 do
    all[i] = ("SECRETMARK"):rep(10000) .. i
    addresses[i] = ("%p %p"):format(all[i], coroutine.create(print))
  end
  return addresses
end
