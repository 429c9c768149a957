-- A constant _ENV: 5.4.4 and older made wrong code for it, which wrote into arbitrary registers
-- expect: 500 handler_failed
return function()
  local a, b, c = {}, {}, {}
  local _ENV <const> = 11
  X = "written"
  return { a, b, c, X }
end
