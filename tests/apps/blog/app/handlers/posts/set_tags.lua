return function(input, ctx)
  ctx.db.posts.clear_tags()
  ctx.db.posts.add_tags()
end
