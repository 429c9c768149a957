-- Dates in UTC: formatting, fields, arithmetic by normalised tables.
return function()
  local t = 1700000000
  local fields = os.date("!*t", t)
  return { os.date("!%Y-%m-%dT%H:%M:%SZ", t), fields.year, fields.month, fields.yday, fields.wday, os.date("!%A %d %B %y %j", 0),
    os.difftime(t + 90, t), os.date("!%x %X %p", 3600 * 13), os.date("!%c", 951782400), os.date("!%H:%M", -60) }
end
