-- A module with state, for the scripts that try to keep some.
local M = { count = 0 }

function M.next()
  M.count = M.count + 1
  return M.count
end

return M
