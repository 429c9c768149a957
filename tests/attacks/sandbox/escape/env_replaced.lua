-- Another _ENV, so that functions of the library would look up their globals in it
-- expect: 200 {"asked":"secret","type":"table"}
return function()
  local asked
  local old = _G
  local _ENV = old.setmetatable({}, { __index = function(_, name) asked = name return old[name] end })
  local kind = type(string)
  old.pcall(function() return secret end)
  return { type = kind, asked = asked }
end
