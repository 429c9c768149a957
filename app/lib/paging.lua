-- Queries fetch one row more than a page shows: that row says whether there is another page.
local paging = {}

function paging.cut(rows, size)
  if #rows <= size then return rows, false end
  return table.move(rows, 1, size, 1, {}), true
end

return paging
