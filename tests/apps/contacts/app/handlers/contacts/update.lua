return function(input, ctx)
  return ctx.db.contacts.update()
end
