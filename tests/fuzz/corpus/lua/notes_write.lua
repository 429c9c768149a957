local tricks = {}

function tricks.behave() return { ok = true } end
function tricks.wrong_type() return { ok = "yes" } end
function tricks.extra_field() return { ok = true, secret = "x" } end
function tricks.nothing() end
function tricks.a_function() return { ok = print } end
function tricks.wrong_status() return { ok = true }, 201 end
function tricks.raise() error "boom" end
function tricks.loop() while true do end end
function tricks.stubborn() while true do pcall(function() while true do end end) end end
function tricks.memory() local s = "x" while true do s = s .. s end end
function tricks.stubborn_memory()
  while true do pcall(function() local s = "x" while true do s = s .. s end end) end
end
function tricks.recurse() local function f() return 1 + f() end return { ok = f() == 1 } end
function tricks.fail(ctx) ctx.fail "refused" end
function tricks.fail_undeclared(ctx) ctx.fail "no_such_code" end
function tricks.fail_in_pcall(ctx) pcall(ctx.fail, "refused") return { ok = true } end
function tricks.twice(ctx) ctx.db.notes.append() return { ok = true } end
function tricks.twice_in_pcall(ctx) pcall(ctx.db.notes.append) return { ok = true } end
function tricks.twice_in_coroutine(ctx)
  coroutine.wrap(function() ctx.db.notes.append() end)()
  return { ok = true }
end
function tricks.not_granted(ctx) ctx.db.users.list() return { ok = true } end
function tricks.not_granted_in_pcall(ctx)
  pcall(function() ctx.db.notes.delete_all() end)
  return { ok = true }
end

return function(input, ctx)
  ctx.db.notes.append()
  ctx.db.notes.add()
  return tricks[input.trick](ctx)
end
