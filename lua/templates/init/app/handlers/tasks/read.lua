return function(input, ctx)
  return ctx.db.tasks.read()
end
