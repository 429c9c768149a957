-- Ten thousand arguments, each taken with select: quadratic
-- expect: 500 handler_deadline
return function()
  local function each(...)
    for _ = 1, 10 do for i = 1, select("#", ...) do local _ = (select(i, ...)) end end
  end
  each(table.unpack({}, 1, 10000))
end
