-- string.format with widths, precisions and letters that do not exist, and its longest results
-- expect: 200 [false,false,false,false,false,true,true]
return function()
  return {
    (pcall(string.format, "%n", 1)),
    (pcall(string.format, "%100d", 1)),
    (pcall(string.format, "%.100f", 1)),
    (pcall(string.format, "%-#0+ -#0+ d", 1)),
    (pcall(string.format, "%q", {})),
    (pcall(string.format, "%99.99f", -1e308)),
    (pcall(string.format, "%99.99a", 1e-308)),
  }
end
