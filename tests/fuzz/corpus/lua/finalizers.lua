return function()
  local t = {}
  for i = 1, 50 do
    local o = setmetatable({ i }, { __gc = function(o) t[#t + 1] = o[1] setmetatable(o, getmetatable(o)) end })
  end
  local weak = setmetatable({}, { __mode = "kv" })
  for i = 1, 100 do weak[{}] = { i } weak[i] = {} end
  for i = 1, 300 do local x = { {}, tostring(i) .. "x" } end
  return #t
end
