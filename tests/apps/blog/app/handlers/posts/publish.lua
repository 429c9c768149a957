return function(input, ctx)
  ctx.db.posts.publish()
end
