return function(input, ctx)
  return { id = ctx.db.posts.create() }, 201
end
