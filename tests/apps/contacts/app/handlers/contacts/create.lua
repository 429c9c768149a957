return function(input, ctx)
  return ctx.db.contacts.create(), 201
end
