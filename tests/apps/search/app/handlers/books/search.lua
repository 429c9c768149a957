-- The query gives one book more than the page shows: that one says that there is another page.
return function(input, ctx)
  local books = ctx.db.books.search()
  if #books <= input.size then return { books = books } end
  books[#books] = nil
  return { books = books, next = books[#books].id }
end
