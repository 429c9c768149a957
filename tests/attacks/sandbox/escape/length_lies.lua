-- __len that lies, of every type, to everything that asks for a length
-- expect: 200 []
return function()
  local passed = {}
  local function try(name, f, ...) if pcall(f, ...) then passed[#passed + 1] = name end end
  for _, length in ipairs { -1, math.mininteger, 1 << 40, 0.5, "x", math.huge } do
    local liar = setmetatable({}, { __len = function() return length end })
    if math.type(length) ~= "integer" or length > 0 then
      try("unpack " .. tostring(length), table.unpack, liar)
      try("sort " .. tostring(length), table.sort, liar)
      try("concat " .. tostring(length), table.concat, liar)
    end
  end
  return passed
end
