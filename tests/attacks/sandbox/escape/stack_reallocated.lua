-- Metamethods that grow and shrink the stack under a C function which holds pointers into it
-- expect: 200 true
return function()
  local function deep(n) if n > 0 then return (deep(n - 1)) end return "x" end
  local meta = {
    __tostring = function() return deep(5000) end,
    __index = function(_, key) deep(5000) return key end,
    __len = function() deep(5000) return 20 end,
    __lt = function() deep(5000) return false end,
    __concat = function() return deep(5000) end,
    __eq = function() return deep(5000) == "x" end,
  }
  for _ = 1, 3 do
    local object, other = setmetatable({}, meta), setmetatable({}, meta)
    coroutine.wrap(function()
      local _ = ("%s %s"):format(object, other), object .. other, object == other
      table.unpack(object) table.concat(object, object[1]) table.sort { object, other, object }
      local _ = ("abc"):gsub(".", object)
    end)()
  end
  return true
end
