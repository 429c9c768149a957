-- A class by metatable, with a constructor, methods, tostring and equality.
local Account = {}
Account.__index = Account
Account.__tostring = function(a) return "Account(" .. a.owner .. ")" end
Account.__eq = function(a, b) return a.owner == b.owner end
function Account.new(owner) return setmetatable({ owner = owner, balance = 0 }, Account) end
function Account:deposit(n) self.balance = self.balance + n return self end
return function()
  local a, b = Account.new "ada", Account.new "ada"
  a:deposit(10):deposit(5)
  return { a.balance, b.balance, tostring(a), a == b, a ~= Account.new "bob", getmetatable(a) == Account }
end
