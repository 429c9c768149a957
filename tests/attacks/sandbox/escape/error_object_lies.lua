-- An error object whose __tostring raises, with an error object whose __tostring raises ...
-- expect: 500 handler_failed
return function()
  local function liar()
    return setmetatable({}, { __tostring = function() error(liar()) end })
  end
  error(liar())
end
