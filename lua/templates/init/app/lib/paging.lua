-- Queries fetch one row more than a page shows: that row says whether there is another page.
local paging = {}

-- The rows of the page, and the last of them if more follow.
function paging.cut(rows, size)
  if #rows <= size then return rows, nil end
  return table.move(rows, 1, size, 1, {}), rows[size]
end

return paging
