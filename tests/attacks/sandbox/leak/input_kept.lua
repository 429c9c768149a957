-- Input and ctx kept in every place that outlives the function
-- expect: 200 []
local kept = {}
local keep_in_closure
return function(input, ctx)
  local found = {}
  local function look(name, value) if value ~= nil then found[#found + 1] = name end end
  look("upvalue", kept[1])
  look("closure", keep_in_closure)
  look("global", rawget(_G, "kept_input"))
  look("registry of strings", rawget(string, "kept_input"))
  kept[1], keep_in_closure = input, function() return ctx end
  rawset(_G, "kept_input", input)
  string.kept_input = ctx
  return found
end
