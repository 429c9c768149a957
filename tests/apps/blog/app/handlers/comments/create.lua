return function(input, ctx)
  return ctx.db.comments.create(), 201
end
