return function(input, ctx)
  if ctx.db.members.remove() == 0 then ctx.fail("no_such_member") end
end
