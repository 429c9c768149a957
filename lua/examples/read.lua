-- A row, or a refusal that the contract declares.
return function(input, ctx)
  local book = ctx.db.books.read()
  if book == null then ctx.fail("no_such_book") end
  return book
end
