-- A page of a list, of which the query fetches one row more than is shown.
return function(input, ctx)
  local rows = ctx.db.books.list()
  local page = table.move(rows, 1, 20, 1, {})
  return { books = page, next = #rows > 20 and page[20].id or nil }
end
