return function(input, ctx)
  return { list = ctx.db.notes.list_all(), count = ctx.db.notes.count_all(), search = ctx.db.notes.search_all() }
end
