-- To-be-closed variables close in reverse order, with the error; const.
return function()
  local log = {}
  local function resource(name)
    return setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. (e and " after " .. e or "") end })
  end
  do
    local a <close> = resource "a"
    local b <close> = resource "b"
    local limit <const> = 3
    log[#log + 1] = "body" .. limit
  end
  pcall(function()
    local c <close> = resource "c"
    error("oops", 0)
  end)
  for i in (function() local n = 0 return function() n = n + 1 return n <= 2 and n or nil end, nil, nil, resource "loop" end)() do
    log[#log + 1] = "i" .. i
  end
  return log
end
