-- Replacements of gsub that are not there, and captures that are never closed
-- expect: 200 [false,false,false,false,false,false]
return function()
  return {
    (pcall(string.gsub, "abc", ".", "%9")),
    (pcall(string.gsub, "abc", ".", "%")),
    (pcall(string.gsub, "abc", "(", "%1")),
    (pcall(string.gsub, "abc", "%f", "x")),
    (pcall(string.gsub, "abc", "[%", "x")),
    (pcall(string.gsub, "abc", "%1(", "x")),
  }
end
