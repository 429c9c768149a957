-- Runs what it was granted otherwise than it was meant: which queries, in which order and how often, with what
-- computed, and what of it is returned, the caller's address says. `computes` is put before this file: for
-- each query the names that it may be passed.
local function names(db)
  local found = {}
  for group, functions in pairs(db) do
    for name in pairs(functions) do found[#found + 1] = { group, name } end
  end
  table.sort(found, function(a, b) return a[1] .. "." .. a[2] < b[1] .. "." .. b[2] end)
  return found
end

local hostile = {
  "", "x", "' OR '1'='1' --", "<script>alert(1)</script>", ("x"):rep(100000), -1, math.mininteger, 1e308, true,
  {}, { 1 }, { a = { b = {} } },
}

local function parameters(name, which)
  local given
  for i, parameter in ipairs(computes[name] or {}) do
    given = given or {}
    given[parameter] = hostile[(which + i) % #hostile + 1]
  end
  return given
end

local function order(all, which)
  local list, count = {}, #all
  if which < 4 then -- all of them: as they come, backwards, each twice, and once more from the start
    for i = 1, count do list[i] = which % 2 == 0 and all[i] or all[count + 1 - i] end
    if which >= 2 then
      for i = 1, count do list[#list + 1] = all[i] end
    end
  elseif which < 4 + count then -- one alone
    list[1] = all[which - 3]
  else -- all but one
    for i = 1, count do
      if i ~= which - 3 - count then list[#list + 1] = all[i] end
    end
  end
  return list
end

return function(input, ctx)
  local which = tonumber(ctx.request.address:match("(%d+)$"))
  input.user_id, input.owner_id, input.id = "another", "another", "another"
  if ctx.principal then ctx.principal.id, ctx.principal.roles = "another", { "admin" } end
  ctx.now, ctx.new_id = 0, "another"
  local last
  for _, query in ipairs(order(names(ctx.db), which)) do
    local name = query[1] .. "." .. query[2]
    local result = ctx.db[query[1]][query[2]](parameters(name, which))
    if result ~= null and type(result) == "table" then last = result end
  end
  return last
end
