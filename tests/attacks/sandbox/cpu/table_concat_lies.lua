-- table.concat of empty strings that __index invents
-- expect: 500 handler_deadline
return function()
  return table.concat(setmetatable({}, { __index = function() return "" end }), "", 1, math.maxinteger)
end
