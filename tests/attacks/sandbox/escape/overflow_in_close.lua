-- The stack overflows, and every level has a variable to be closed which overflows it again
-- expect: 500 handler_deadline | 500 handler_memory
return function()
  local function overflow()
    local _ <close> = setmetatable({}, { __close = function() local function f() return 1 + f() end pcall(f) end })
    return 1 + overflow()
  end
  return (pcall(overflow))
end
