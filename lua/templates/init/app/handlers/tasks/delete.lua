return function(input, ctx)
  ctx.db.tasks.delete()
end
