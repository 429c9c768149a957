---- note: a row that may be null
return function(input, ctx)
  local note = ctx.db.notes.read()
  ctx.log(ctx.db.notes.read().id)
  --> 11 warning W0660: notes.read gives null if it finds nothing, and null has no fields: compare first: if row == null then ctx.fail(…) end
  return { id = note.id, title = note.title }
  --> 17 warning W0660: notes.read gives null if it finds nothing, and null has no fields: compare first: if row == null then ctx.fail(…) end
end

---- note: a row that may be null is returned
return function(input, ctx)
  local note = ctx.db.notes.read()
  return note
  --> 10 warning W0658: notes.read gives null if it finds nothing, which `returns` does not admit: ask first: if row == null then ctx.fail(…) end
end

---- note: rows that are there
return function(input, ctx)
  local note = ctx.db.notes.own()
  local me = ctx.db.users.me()
  return { id = note.id, title = me.email .. ctx.db.notes.insert().title }
end

---- note: a row of somebody who may have none
return function(input, ctx)
  local newest = ctx.db.notes.newest_of_mine()
  return { id = newest.id, title = newest.title }
  --> 17 warning W0660: notes.newest_of_mine gives null if it finds nothing, and null has no fields: compare first: if row == null then ctx.fail(…) end
end

---- note: a row that is compared
return function(input, ctx)
  local note = ctx.db.notes.read()
  if note == null then ctx.fail("no_such_note") end
  return { id = note.id, done = note.done, archived_at = note.archived_at }
end

---- note: a row that is compared with nil
return function(input, ctx)
  local note = ctx.db.notes.read()
  if note == nil then ctx.fail("no_such_note") end
  --> 11 warning W0661: this is always false: the database gives null, which is a value, never nil: compare with null: if note == null then
  if note.archived_at ~= nil then ctx.fail("title_taken") end
  --> 23 warning W0661: this is always true: the database gives null, which is a value, never nil: write ~= null
  if ctx.db.notes.is_done() == nil then ctx.fail("no_such_note") end
  --> 29 warning W0661: this is always false: the database gives null, which is a value, never nil: compare: with null, or with the value
  return { id = note.id }
end

---- note: results as conditions
return function(input, ctx)
  local note = ctx.db.notes.read()
  if not note then ctx.fail("no_such_note") end
  --> 10 warning W0662: this is always true: it is a row or null, and null is true in Lua: compare with null: if note == null then
  if ctx.db.notes.rename() then ctx.log("renamed") end
  --> 6 warning W0662: this is always true: it is a number of rows, and 0 is true in Lua: compare: if changed == 0 then
  local notes = ctx.db.notes.list() or {}
  assert(ctx.db.notes.is_done(), "not done")
  --> 10 warning W0662: this is always true: it is a value or null, and 0 and null are true in Lua: compare: with null, or with the value
  if note.archived_at then ctx.fail("title_taken") end
  --> 6 warning W0662: this is always true: a column is a value or null, and 0 and null are true in Lua: compare: with null, or with the value
  return { id = note.id, notes = notes, done = note and note.done }
  --> 48 warning W0662: this is always true: it is a row or null, and null is true in Lua: compare with null: if note == null then
end

---- note: columns that are booleans, and values that are chosen
return function(input, ctx)
  local note = ctx.db.notes.read()
  if note == null then ctx.fail("no_such_note") end
  if note.done then ctx.log("done") end
  return { id = note.id, title = note.done and note.title or "" }
end

---- note: columns that a row does not have
return function(input, ctx)
  local note = ctx.db.notes.own()
  for _, other in ipairs(ctx.db.notes.list()) do ctx.log(other.titel) end
  --> 64 error W0637: a row of notes.list has no column 'titel': did you mean 'title'?
  return { id = note.id, title = note.owner_id .. ctx.db.notes.list().title }
  --> 39 error W0637: a row of notes.own has no column 'owner_id': it has id and title (contracts/queries/notes.sql:6)
  --> 71 error W0637: notes.list gives an array of rows, which has no field 'title': take one, rows[1], or all: for _, row in ipairs(rows) do
end

---- note: rows that are no iterator
return function(input, ctx)
  for _, note in ctx.db.notes.list() do ctx.log(note.title) end
  --> 18 error W0638: notes.list gives no iterator: write: for _, row in ipairs(rows) do
  for _, note in ipairs(ctx.db.notes.list()) do ctx.log(note.title) end
  return { id = input.note_id }
end

---- note: fields that are added to a row
local function decorate(note) note.colour = "red" end

return function(input, ctx)
  local note = ctx.db.notes.own()
  decorate(note)
  note.length = #note.title
  return { id = note.colour .. note.length .. note.other }
end

---- admin: a row that is there for owners, and not for whoever need not own it
return function(input, ctx)
  return ctx.db.notes.own()
  --> 10 warning W0658: notes.own gives null if it finds nothing, which `returns` does not admit: ask first: if row == null then ctx.fail(…) end
end

---- rules: rows that a rule has looked for, or that the call inserts
return function(input, ctx)
  local note = ctx.db.notes.read()
  return { id = note.id, title = ctx.db.notes.created().title }
end

---- note: fields that are added to rows of an array
local helper = require "helper"

return function(input, ctx)
  local notes = ctx.db.notes.list()
  for _, note in ipairs(notes) do helper.complete(note) end
  for _, note in ipairs(notes) do ctx.log(note.colour) end
  --> 48 warning W0637: a row of notes.list has no column 'colour': it has id and title (contracts/queries/notes.sql:12)
  return { id = input.note_id }
end

---- rules: a row that is not inserted if there is one
return function(input, ctx)
  local note = ctx.db.notes.copy_once()
  return { id = note.id, title = note.title }
  --> 17 warning W0660: notes.copy_once gives null if it finds nothing, and null has no fields: compare first: if row == null then ctx.fail(…) end
end

---- note: locals are named in what is to be compared
return function(input, ctx)
  local renamed, found = ctx.db.notes.rename(), ctx.db.notes.read()
  if not renamed then ctx.fail("no_such_note") end
  --> 10 warning W0662: this is always true: it is a number of rows, and 0 is true in Lua: compare: if renamed == 0 then
  if found == nil then ctx.fail("no_such_note") end
  --> 12 warning W0661: this is always false: the database gives null, which is a value, never nil: compare with null: if found == null then
  local list = ctx.db.notes.list()
  if not list then ctx.fail("no_such_note") end
  --> 10 warning W0662: this is always true: it is an array, perhaps empty, which is true in Lua: ask for the length: if #list == 0 then
  return { id = found.id }
end

---- grants: a column that may be NULL
return function(input, ctx)
  for _, note in ipairs(ctx.db.notes.recent()) do
    ctx.log(note.title:upper(), note.gone_at + 1)
    --> 33 warning W0663: the column 'gone_at' of notes.recent may be NULL, and is null then, which is no value to work with: compare first: if note.gone_at ~= null then (contracts/queries/notes.sql:58)
  end
  return { id = input.note_id }
end

---- grants: columns that are asked for, or that the query keeps from being NULL
return function(input, ctx)
  local latest = 0
  for _, note in ipairs(ctx.db.notes.recent()) do
    if note.gone_at ~= null and note.gone_at > latest then latest = note.gone_at end
  end
  for _, note in ipairs(ctx.db.notes.archived()) do latest = latest + note.archived_at end
  return { id = input.note_id .. latest }
end
