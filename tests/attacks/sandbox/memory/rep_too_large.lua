-- string.rep of more than any string can be: an error like others, for nothing is allocated
-- expect: 200 [false,false,false]
return function()
  return { (pcall(string.rep, "x", 1 << 32)), (pcall(string.rep, "xx", math.maxinteger)),
    (pcall(string.rep, "", 1 << 40, "x")) }
end
