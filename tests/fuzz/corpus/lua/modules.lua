local m = require "m"
local paging = require("paging")
local ok, problem = pcall(require, "nothing")
return function(input, ctx)
  return { m.m == m, paging.cut(input.rows, 1), ok, problem, pcall(require, "m"), pcall(require, "other") }
end
