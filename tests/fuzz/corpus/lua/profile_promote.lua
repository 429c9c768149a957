return function(input, ctx)
  ctx.db.users.promote()
  return { ok = true }
end
