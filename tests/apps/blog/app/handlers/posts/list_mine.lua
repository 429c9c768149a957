return function(input, ctx)
  return { posts = ctx.db.posts.list_mine() }
end
