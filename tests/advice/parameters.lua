---- note: what only the host binds
return function(input, ctx)
  local note = ctx.db.notes.create { slug = "a", title = input.title, principal_id = ctx.principal.id }
  --> 50 error W0625: 'title' cannot be passed to notes.create: the host binds it from the input; what the handler computes for it is slug (note.json:36)
  --> 71 error W0625: 'principal_id' cannot be passed to notes.create: the host binds who calls; what the handler computes for it is slug (note.json:36)
  ctx.db.notes.rename { note_id = input.note_id, now = ctx.now }
  --> 25 error W0625: 'note_id' cannot be passed to notes.rename: the host binds it from the input; call it without: ctx.db.notes.rename()
  --> 50 error W0625: 'now' cannot be passed to notes.rename: the host alone says what it is; call it without: ctx.db.notes.rename()
  return note
end

---- note: what no query takes
return function(input, ctx)
  local note = ctx.db.notes.create { slugg = "a" }
  --> 38 error W0626: notes.create takes no 'slugg' from a handler: did you mean 'slug'?
  ctx.db.notes.rename { colour = "red", slug = "a" }
  --> 25 error W0626: notes.rename takes no 'colour' from a handler: call it without: ctx.db.notes.rename()
  --> 41 error W0626: notes.rename takes no 'slug' from a handler: call it without: ctx.db.notes.rename()
  return note
end

---- note: the whole input
return function(input, ctx)
  return ctx.db.notes.create(input)
  --> 30 error W0625: the input cannot be passed to notes.create: the host binds its fields itself; what the handler computes for it is slug (note.json:36)
end

---- note: a computed parameter that is missing
return function(input, ctx)
  local note = ctx.db.notes.create()
  --> 16 error W0627: notes.create needs 'slug', which the handler computes: pass it: ctx.db.notes.create { slug = … } (note.json:36)
  return note
end

---- note: a computed parameter that is nil
return function(input, ctx)
  return ctx.db.notes.create { slug = nil }
  --> 10 error W0627: notes.create needs 'slug', which the handler computes: pass it: ctx.db.notes.create { slug = … } (note.json:36)
end

---- note: parameters without names
return function(input, ctx)
  ctx.db.notes.create(input.title)
  --> 23 error W0628: notes.create takes a table of parameters, if any: what the handler computes for it is slug (note.json:36)
  ctx.db.notes.read { input.note_id }
  --> 23 error W0628: parameters of a query have names: { name = value }: call it without: ctx.db.notes.read()
  ctx.db.notes.list(20)
  --> 21 error W0628: notes.list takes a table of parameters, if any: call it without: ctx.db.notes.list()
  return { id = input.note_id }
end

---- note: a value that the contract does not admit
return function(input, ctx)
  return ctx.db.notes.create { slug = "Not A Slug" }
  --> 39 error W0629: the contract does not admit this for 'slug': its schema is at note.json:36
end

---- note: what may be passed
local function slug_of(title) return title:lower():gsub("%W+", "-") end

return function(input, ctx)
  local parameters = {}
  parameters.slug = slug_of(input.title)
  local note = ctx.db.notes.create(parameters)
  ctx.db.notes.read {}
  ctx.db.notes.read(nil)
  return note
end
