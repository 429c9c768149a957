local tricks = {}

-- Lua 5.4: an iterator of gmatch is called again after its error.
function tricks.gmatch()
  local iterator = string.gmatch(("a"):rep(300000), ("a?"):rep(300000) .. "b")
  for _ = 1, 100 do pcall(iterator) end
end

function tricks.nested_tables()
  local t = {}
  for _ = 1, 1000000 do t = { t } end
  return t
end

function tricks.format() return string.format("%99999d", 1) end
function tricks.unpack() return table.unpack({}, 1, 1e7) end
function tricks.patterns() return (("a"):rep(30) .. "b"):find((".-"):rep(30) .. "c") end
function tricks.rep() return ("x"):rep(1 << 40) end
function tricks.concat() return table.concat(setmetatable({}, { __len = function() return 1 << 40 end })) end

return function(input, ctx)
  tricks[input.trick]()
  return { ok = true }
end
