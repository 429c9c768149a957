return function(input, ctx)
  ctx.db.posts.delete()
end
