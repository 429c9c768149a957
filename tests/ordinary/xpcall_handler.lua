-- xpcall with a handler that sees the error, with arguments passed on.
return function()
  local seen = {}
  local function handler(e) seen[#seen + 1] = "handled " .. tostring(e) return "from handler" end
  local ok, r = xpcall(function(a, b) return a + b end, handler, 2, 3)
  local ok2, r2 = xpcall(function() error("bad", 0) end, handler)
  local ok3, r3 = xpcall(error, handler, setmetatable({}, { __tostring = function() return "object" end }))
  return { ok, r, ok2, r2, ok3, r3, seen[1], seen[2], #seen }
end
