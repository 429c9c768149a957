-- Bits of the library that are easily forgotten.
return function()
  local t = setmetatable({}, { __metatable = "locked", __name = "Thing" })
  local co = coroutine.create(function() coroutine.yield() end)
  coroutine.resume(co)
  return { type(nil), type(print), getmetatable(t), pcall(setmetatable, t, {}), math.min(3, 1.5), math.max(2, 7), math.pi > 3.14,
    math.fmod(7, 3), math.modf(3.7), math.sqrt(16), math.exp(0), math.log(8, 2), math.log(100, 10), coroutine.close(co),
    coroutine.status(co), select("#", ipairs {}), next({ 5 }), _VERSION, rawequal("a", "a"), #{ n = 1 }, math.ult(1, 2),
    string.len "\0", assert(1, "unused"), tostring(print):match "^%a+" }
end
