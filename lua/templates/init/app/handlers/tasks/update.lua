return function(input, ctx)
  return ctx.db.tasks.update()
end
