-- ctx's functions with every wrong argument, and as callbacks of the library
-- expect: 200 [false,false,false,false,false,false,true,false]
return function(_, ctx)
  local results = {}
  local function try(f, ...) results[#results + 1] = (pcall(f, ...)) end
  try(ctx.fail)
  try(ctx.fail, {})
  try(ctx.sleep, 1)
  try(function() return ctx.db.users.principal() end)
  try(function() return ctx.db["users.principal"]() end)
  try(function() return ctx.db[{}][ctx]() end)
  try(string.gsub, ("x"):rep(100), ".", ctx.log)
  try(table.sort, { {}, {}, {} }, ctx.fail)
  return results
end
