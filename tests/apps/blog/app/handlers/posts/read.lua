return function(input, ctx)
  local post = ctx.db.posts.read()
  if post == null then ctx.fail("no_such_post") end
  return { post = post, comments = ctx.db.comments.of_post() }
end
