local page_size = 10 -- the query gives one row more: it says whether there is another page

return function(input, ctx)
  local posts = ctx.db.posts.list()
  local more = #posts > page_size
  posts[page_size + 1] = nil
  return { posts = posts, more = more }
end
