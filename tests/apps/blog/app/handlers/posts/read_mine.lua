return function(input, ctx)
  return ctx.db.posts.read()
end
