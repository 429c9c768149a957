return function(input, ctx)
  ctx.db.comments.delete()
end
