-- Formatting, matching, replacing.
return function()
  local out = {}
  for i = 1, 2000 do
    local s = ("%05d:%s:%.3f"):format(i, "name" .. i, i / 7)
    local a, b = s:match("^(%d+):(%w+):")
    out[#out + 1] = s:gsub("%d", "x"):upper() .. a .. b:rep(2)
  end
  return #table.concat(out, ",")
end
