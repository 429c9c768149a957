-- Rows as a handler has them: built, filtered, grouped.
return function()
  local rows, groups = {}, {}
  for i = 1, 3000 do rows[i] = { id = i, owner = "user" .. i % 17, amount = i * 37 % 101, tags = { i, i + 1 } } end
  for _, row in ipairs(rows) do
    local group = groups[row.owner] or { count = 0, sum = 0 }
    group.count, group.sum = group.count + #row.tags, group.sum + row.amount
    groups[row.owner] = group
  end
  local sum = 0
  for _, group in pairs(groups) do sum = sum + group.sum * group.count end
  return sum
end
