local upvalue = {}

return function(input, ctx)
  local seen = {}
  local function look(name, value) if value then seen[#seen + 1] = name end end
  look("global", rawget(_G, "remembered"))
  look("upvalue", upvalue[1])
  look("string library", rawget(string, "remembered"))
  look("string metatable", getmetatable("").remembered)
  look("table library", rawget(table, "remembered"))
  look("null", type(null) == "table" and rawget(null, "remembered"))
  pcall(function() remembered = true end)
  pcall(function() upvalue[1] = true end)
  pcall(function() string.remembered = true end)
  pcall(function() getmetatable("").remembered = true end)
  pcall(function() table.remembered = true end)
  pcall(function() null.remembered = true end)
  pcall(function() ctx.db.remembered = true end)
  return { seen = seen }
end
