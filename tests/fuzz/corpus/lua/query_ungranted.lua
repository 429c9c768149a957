return function(input, ctx)
  return { pcall(function() return ctx.db.users.nothing() end), pcall(ctx.db.users.find, 5), pcall(function() return ctx.db.x.y() end) }
end
