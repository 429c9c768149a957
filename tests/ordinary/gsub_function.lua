-- gsub with a function, a table, %0 and a limit.
return function()
  local vars = { name = "Ada", what = "engine" }
  return { ("$name builds an $what, $unknown"):gsub("%$(%w+)", vars),
    ("3 + 4"):gsub("%d", function(d) return d * d end), ("abc"):gsub("%w", "%0%0"), ("aaaa"):gsub("a", "b", 2),
    ("abc"):gsub("", "-"), ("hello world"):gsub("(%w+) (%w+)", "%2 %1"), ("x"):gsub("x", "%%") }
end
