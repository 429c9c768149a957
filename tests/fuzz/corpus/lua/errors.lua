return function(input, ctx)
  local t = {}
  t[1] = select(2, pcall(error, { code = 1 })).code
  t[2] = select(2, xpcall(function() error("x", 2) end, function(m) return m .. "!" end))
  t[3] = select(2, pcall(function() local a a.b = 1 end))
  t[4] = select(2, pcall(function() return #nil + {} end))
  t[5] = select(2, pcall(function() return input.text.x.y end))
  t[6] = select(2, pcall(next, {}, "none"))
  t[7] = select(2, pcall(setmetatable, 1, {}))
  t[8] = select(2, pcall(string.rep))
  error(setmetatable(t, { __tostring = function(s) return table.concat(s, "\n") end }))
end
