return function(input, ctx)
  return { contacts = ctx.db.contacts.list() }
end
