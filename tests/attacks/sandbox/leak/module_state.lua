-- A module of app/lib that counts the calls
-- expect: 200 1
local counter = require "counter"
return function() return counter.next() end
