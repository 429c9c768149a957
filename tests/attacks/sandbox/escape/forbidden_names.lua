-- Whatever could load code or reach beyond: by its name, in every table that can be reached
-- expect: 200 []
return function()
  local seen, found = {}, {}
  local forbidden = " load loadstring loadfile dofile dump io debug package execute getenv exit rename " ..
    "tmpname setlocale popen collectgarbage loadlib searchers gethook getregistry upvaluejoin "
  local function walk(value)
    if type(value) ~= "table" or seen[value] then return end
    seen[value] = true
    for key, inner in next, value do
      if type(key) == "string" and forbidden:find(" " .. key .. " ", 1, true) then found[#found + 1] = key end
      walk(key) walk(inner)
    end
    walk(getmetatable(value))
  end
  walk(_G) walk(getmetatable "") walk(getmetatable(null))
  return found
end
