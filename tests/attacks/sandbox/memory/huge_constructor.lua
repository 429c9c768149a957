-- table.move and indexed assignment far out, which make the array part as large as what is in it
-- expect: 500 handler_memory
return function()
  local t = {}
  while true do
    pcall(function()
      t[#t + 1] = true
      table.move(t, 1, #t, #t + 1)
    end)
  end
end
