return function(input, ctx)
  local team = ctx.db.teams.create()
  ctx.db.members.add_founder()
  return team, 201
end
