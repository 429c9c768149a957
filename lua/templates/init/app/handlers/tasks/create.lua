return function(input, ctx)
  return ctx.db.tasks.create(), 201
end
