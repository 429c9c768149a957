-- Mixed traffic of the example app, as targets for bench_siege: in a thousand requests, so many of each kind, with the
-- status that each must get.
local example = require "example"

local M = {}

-- Writes change what is there, so that only the audit log grows.
local function kinds(ada, bob)
  local a, b = example.ada, example.bob
  local login = ('{"email":"%s","password":"%s"}'):format(a.email, a.password)
  return {
    { 400, 200, "GET", "/me", ada },
    { 200, 200, "GET", "/me", bob },
    { 120, 200, "GET", "/notes/" .. a.note, ada },
    { 60, 200, "GET", "/notes?sort=title", bob },
    { 40, 200, "GET", "/accounts", ada },
    { 35, 200, "PATCH", "/notes/" .. a.note, ada, '{"title":"Note {number}"}' },
    { 10, 200, "PATCH", "/notes/" .. b.note, bob, '{"body":"It says {number}."}' },
    { 4, 200, "PATCH", "/users/" .. a.id, ada, ('{"email":"%s","name":"Ada {number}"}'):format(a.email) },
    { 1, 200, "POST", "/login", "-", login },
    { 50, 401, "GET", "/me", "-" },
    { 10, 401, "GET", "/me", "a-token-that-was-never-given-to-anybody-here" },
    { 20, 404, "GET", "/notes/" .. b.note, ada }, -- somebody else's
    { 20, 404, "GET", "/nothing/of/the/kind", "-" },
    { 10, 403, "GET", "/users", ada }, -- for admins
    { 20, 422, "PATCH", "/notes/" .. a.note, ada, '{"title":7}' },
  }
end

-- Writes the file, in an order that is mixed and always the same.
function M.write(path, ada, bob)
  local lines = {}
  for _, kind in ipairs(kinds(ada, bob)) do
    local line = ("%d %s %s %s %s"):format(kind[2], kind[3], kind[4], kind[5], kind[6] or "")
    for _ = 1, kind[1] do lines[#lines + 1] = line end
  end
  math.randomseed(1)
  for i = #lines, 2, -1 do
    local j = math.random(i)
    lines[i], lines[j] = lines[j], lines[i]
  end
  local file = assert(io.open(path, "w"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  return #lines
end

return M
