-- Tables given to os.time, and kept by it or its format
-- expect: 200 {"hour":12,"kept":false,"year":1970}
return function()
  local date = os.date("!*t", 43200)
  local seen = { year = date.year, hour = date.hour, kept = rawget(os, "last") ~= nil }
  os.last = date
  os.time(setmetatable(date, { __index = function(_, name) os[name] = true return 1 end }))
  return seen
end
