return function(input)
  local t = { "é\0", [2] = { ["\0"] = 1, [""] = 2, ["a"] = 3, ["ab"] = 4, ["b"] = {} } }
  for i = 1, 40 do t[2]["k" .. i * 7919 % 97] = { i, -i, i / 3 } end
  t[2]["a"] = { t[2]["k1"], t[2]["k1"] }
  return t
end
