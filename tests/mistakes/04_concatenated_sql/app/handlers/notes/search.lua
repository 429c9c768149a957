return function(input, ctx)
  return ctx.db:query("SELECT id, title FROM notes WHERE title LIKE '%" .. input.q .. "%'")
end
