-- tostring, format and print of values whose __tostring and __name lie
-- expect: 200 [false,false,true,true]
return function()
  local function broken(result) return setmetatable({}, { __tostring = function() return result end }) end
  local results = {}
  results[1] = (pcall(tostring, broken(nil)))
  results[2] = (pcall(string.format, "%s", broken {}))
  results[3] = (pcall(tostring, setmetatable({}, { __name = ("%s%n"):rep(1000) })))
  results[4] = (pcall(print, setmetatable({}, { __name = "\0\xff" }), broken "\xff\xfe"))
  return results
end
