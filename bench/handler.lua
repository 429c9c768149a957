-- A usual small handler: trims, lowers, loops over a short list.
return function(input)
  local name = (input.name or "  Ada Lovelace "):match("^%s*(.-)%s*$"):lower()
  local parts = {}
  for word in name:gmatch("%a+") do parts[#parts + 1] = word:sub(1, 1):upper() .. word:sub(2) end
  return { name = table.concat(parts, " "), count = #parts }
end
