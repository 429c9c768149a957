-- One literal as large as the file, in a long bracket of sixty levels
-- expect: 200 60000
local level = ("="):rep(60)
return "local s = [" .. level .. "[" .. ("x"):rep(60000) .. "]" .. level .. "] return function() return #s end"
