-- Inheritance through __index, super calls, overriding.
local Animal = {}
Animal.__index = Animal
function Animal.new(name) return setmetatable({ name = name }, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
function Animal:kind() return "animal" end
local Dog = setmetatable({}, { __index = Animal })
Dog.__index = Dog
function Dog.new(name) return setmetatable(Animal.new(name), Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
return function()
  local d = Dog.new "Rex"
  return { d:speak(), d:kind(), rawget(Dog, "kind") == nil, getmetatable(d) == Dog }
end
