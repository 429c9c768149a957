---- note: a query that is not granted
return function(input, ctx)
  ctx.db.notes.delete()
  --> 16 error W0620: the contract does not grant 'notes.delete': it grants notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, …; whoever reviews it adds another to `uses` (note.json:22)
  return { id = input.note_id }
end

---- note: a query that is misspelt
return function(input, ctx)
  local note = ctx.db.notes.raed()
  --> 29 error W0621: there is no query 'notes.raed': did you mean 'notes.read'?
  return { id = note.id }
end

---- note: a misspelt one that only others are granted
return function(input, ctx)
  ctx.db.notes.delte()
  --> 16 error W0621: there is no query 'notes.delte': did you mean 'notes.delete'? The contract does not grant it: it grants notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, …; whoever reviews it adds another to `uses` (note.json:22)
  return { id = input.note_id }
end

---- note: a query, and a group, that do not exist
return function(input, ctx)
  ctx.db.notes.vacuum_everything()
  --> 16 error W0621: there is no query 'notes.vacuum_everything': it grants notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, …; whoever reviews it adds another to `uses` (note.json:22)
  ctx.db.invoices.list()
  --> 19 error W0621: there is no query 'invoices.list': did you mean 'notes.list'?
  return { id = input.note_id }
end

---- nothing: a query where none is granted
return function(input, ctx)
  return ctx.db.notes.list()
  --> 23 error W0620: the contract does not grant 'notes.list': it grants none; whoever reviews it adds one to `uses` (nothing.json:1)
end

---- note: names of locals make no difference
local function remove(database, id)
  database.notes.delete()
  --> 18 error W0620: the contract does not grant 'notes.delete': it grants notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, …; whoever reviews it adds another to `uses` (note.json:22)
  return id
end

return function(input, ctx)
  local db = ctx.db
  local notes = db["notes"]
  notes.delete()
  --> 9 error W0620: the contract does not grant 'notes.delete': it grants notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, …; whoever reviews it adds another to `uses` (note.json:22)
  local unknown = notes.unknown_name
  --> 25 error W0621: there is no query 'notes.unknown_name': it grants notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, …; whoever reviews it adds another to `uses` (note.json:22)
  return { id = remove(db, input.note_id) }
end

---- note: SQL, in all the ways that people write it
return function(input, ctx)
  ctx.db:exec("UPDATE notes SET title = 'x'")
  --> 10 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  ctx.db.query("SELECT * FROM notes WHERE id = '" .. input.note_id .. "'")
  --> 10 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  ctx.db.execute(string.format("DELETE FROM notes WHERE id = %q", input.note_id))
  --> 10 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  ctx.db("SELECT 1")
  --> 7 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  local sql = "select id from notes where id = '%s'"
  ctx.db.notes:query(sql:format(input.note_id))
  --> 16 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  ctx.db["SELECT * FROM " .. input.title]()
  --> 10 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  ctx.db.notes.read("SELECT title FROM notes")
  --> 21 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  ctx.db.prepare(input.title)
  --> 10 error W0622: nothing takes SQL here: call a query that the contract grants, as ctx.db.notes.read(): notes.read, notes.own, notes.list, notes.count, notes.is_done, notes.create, … (note.json:22)
  return { id = input.note_id }
end

---- note: a query that is not called
return function(input, ctx)
  if ctx.db.notes.count == 0 then ctx.fail("no_such_note") end
  --> 19 error W0623: notes.count is a function, and not what it gives: call it: ctx.db.notes.count()
  local read = ctx.db.notes.read
  return { id = ctx.db.notes.read.id, title = read.title }
  --> 30 error W0623: notes.read is a function, and not what it gives: call it: ctx.db.notes.read()
  --> 47 error W0623: notes.read is a function, and not what it gives: call it: ctx.db.notes.read()
end

---- note: a query returned, not what it gives
return function(input, ctx)
  return ctx.db.notes.read
  --> 23 error W0623: notes.read is a function, and not what it gives: call it: ctx.db.notes.read()
end

---- note: a group called
return function(input, ctx)
  ctx.db.notes(input.note_id)
  --> 10 error W0623: ctx.db.notes is a group of queries, no function: call one of its queries: ctx.db.notes.read()
  ctx.db.notes_read()
  --> 10 error W0621: there is no query 'notes_read': did you mean 'notes.read'?
  return { id = input.note_id }
end

---- note: a colon where a dot belongs
return function(input, ctx)
  local note = ctx.db.notes:read()
  --> 29 error W0624: a colon passes ctx.db.notes itself as the first argument: write ctx.db.notes.read(…)
  if note == null then ctx:fail("no_such_note") end
  --> 28 error W0624: a colon passes ctx itself as the first argument: write ctx.fail(…)
  return { id = note.id }
end

---- note: a query that writes, twice
return function(input, ctx)
  ctx.db.notes.rename()
  ctx.db.notes.rename()
  --> 3 error W0630: notes.rename may run once a call, and has done so before this: write all rows by one statement, over json_each; or whoever reviews the contract grants more: { "name": "notes.rename", "calls": 10 } (note.json:22)
  return { id = input.note_id }
end

---- note: a query that writes, perhaps twice
return function(input, ctx)
  if input.size then ctx.db.notes.rename() end
  ctx.db.notes.rename()
  --> 3 warning W0630: notes.rename may run once a call, and may have done so before this: write all rows by one statement, over json_each; or whoever reviews the contract grants more: { "name": "notes.rename", "calls": 10 } (note.json:22)
  return { id = input.note_id }
end

---- note: a query that writes, in loops
return function(input, ctx)
  for _ in ipairs(input.items) do
    ctx.db.notes.rename()
  --> 5 warning W0630: notes.rename may run once a call, and stands in a loop: write all rows by one statement, over json_each; or whoever reviews the contract grants more: { "name": "notes.rename", "calls": 10 } (note.json:22)
  end
  local i = 0
  while i < 3 do
    i = i + 1
    if input.size then ctx.db.notes.insert() end
  --> 24 warning W0630: notes.insert may run once a call, and stands in a loop: write all rows by one statement, over json_each; or whoever reviews the contract grants more: { "name": "notes.insert", "calls": 10 } (note.json:22)
  end
  return { id = input.note_id }
end

---- note: a query that may run twice, three times
return function(input, ctx)
  ctx.db.notes.archive()
  ctx.db.notes.archive()
  ctx.db.notes.archive()
  --> 3 error W0630: notes.archive may run 2 times a call, and has done so before this: write all rows by one statement, over json_each; or whoever reviews the contract grants more: { "name": "notes.archive", "calls": 10 } (note.json:22)
  return { id = input.note_id }
end

---- note: one on each path is right
return function(input, ctx)
  if input.size then
    ctx.db.notes.rename()
    return { id = input.note_id }
  elseif input.body then
    ctx.db.notes.rename()
  else
    ctx.db.notes.archive()
    ctx.db.notes.rename()
  end
  for _, item in ipairs(input.items) do
    if item == "now" then
      ctx.db.notes.insert()
      break
    end
  end
  for _ = 1, 2 do ctx.db.notes.archive() end
  ctx.db.notes.count()
  ctx.db.notes.count()
  return { id = input.note_id }
end

---- note: computed names are left to the run
return function(input, ctx)
  local name = input.size and "count" or "list"
  ctx.db.notes[name]()
  ctx.db[input.title]()
  return { id = input.note_id }
end
