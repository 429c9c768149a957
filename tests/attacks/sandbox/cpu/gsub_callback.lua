-- gsub with a callback that calls gsub with a callback
-- expect: 500 handler_deadline
return function()
  local text = ("x"):rep(1000)
  local function again(depth) return function() if depth > 0 then text:gsub(".", again(depth - 1)) end end end
  return text:gsub(".", again(10))
end
