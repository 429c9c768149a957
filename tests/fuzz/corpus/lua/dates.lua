return function(input, ctx)
  local t = { os.time(), os.time { year = 2024, month = 14, day = -3, hour = 30, min = -5 }, os.date("!%Y-%m-%dT%H:%M:%S", 86400) }
  t[#t + 1] = os.date("*t", 1e9).yday
  t[#t + 1] = os.date("%c %x %X %p %j %U %a %B", -1)
  t[#t + 1] = pcall(os.date, "%Ez") t[#t + 1] = pcall(os.time, { year = 1 }) t[#t + 1] = pcall(os.date, "%c", 1 << 62)
  t[#t + 1] = os.clock() t[#t + 1] = os.difftime(5, 3)
  return t
end
