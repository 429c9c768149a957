-- A module's functions replaced, and required again
-- expect: 200 [1,2,false]
local counter = require "counter"
return function()
  local same = require "counter"
  local seen = { same.next(), counter.next(), same.stolen ~= nil }
  counter.next = function() return "poisoned" end
  counter.stolen = true
  return seen
end
