return function(input, ctx)
  local user = ctx.db.users.set_role()
  if user == null then ctx.fail("no_such_user") end
  return user
end
