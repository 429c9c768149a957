-- __metatable on everything that can have one, then a metatable for null, functions and numbers
-- expect: 200 [false,false,false]
return function()
  getmetatable("").__metatable = "protected"
  setmetatable(_G, { __metatable = false })
  return {
    (pcall(setmetatable, _G, {})),
    (pcall(setmetatable, 1, {})),
    (pcall(setmetatable, null, {})),
  }
end
