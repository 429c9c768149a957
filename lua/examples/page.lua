-- A page of a list, of which the query fetches one row more than is shown.
return function(input, ctx)
  local books = ctx.db.books.list()
  local more = #books > 20
  if more then table.remove(books) end
  return { books = books, more = more }
end
