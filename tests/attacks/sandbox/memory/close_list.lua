-- Variables to be closed at every level of a recursion, each closing with another recursion
-- expect: 500 handler_failed
return function()
  local function down()
    local _ <close> = setmetatable({}, { __close = function() return down end })
    return 1 + down()
  end
  return down()
end
