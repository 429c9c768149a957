-- Error messages that hold all the messages before
-- expect: 500 handler_memory
return function()
  local message = "x"
  while true do
    local _, problem = pcall(error, message .. message)
    message = problem
  end
end
