return function(input, ctx)
  ctx.db.posts.update()
end
