-- Fills memory to the last byte with smaller and smaller strings, and goes on from there
-- expect: 500 handler_memory
return function()
  local all = {}
  for size = 20, 0, -1 do
    while pcall(function() all[#all + 1] = ("x"):rep(1 << size) .. #all end) do end
  end
  return #all
end
