-- A value that the contract lets the handler compute.
return function(input, ctx)
  local slug = input.title:lower():gsub("%W+", "-"):sub(1, 80)
  return ctx.db.posts.create { slug = slug }, 201
end
