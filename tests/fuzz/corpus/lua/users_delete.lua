return function(input, ctx)
  if ctx.db.users.delete() == 0 then ctx.fail("no_such_user") end
end
