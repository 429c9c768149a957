-- A loop inside pcall inside a loop: the deadline must not be an error that can be caught
-- expect: 500 handler_deadline
return function()
  while true do
    pcall(function() while true do end end)
  end
end
