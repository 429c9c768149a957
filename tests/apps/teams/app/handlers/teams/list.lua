return function(input, ctx)
  return { teams = ctx.db.teams.list() }
end
