---- note: fields that are missing, unknown, or of the wrong type
return function(input, ctx)
  if input.size == 1 then return { title = "x" } end
  --> 34 error W0653: this table is without id, which `returns` requires: add it (note.json:40)
  if input.size == 2 then return { id = "x", titel = "x" } end
  --> 46 error W0654: `returns` has no field 'titel': did you mean 'title'?
  if input.size == 3 then return { id = 5, done = "yes", size = 0, archived_at = null, title = null } end
  --> 41 error W0656: `returns` says that 'id' must be a string; got 5: its schema is at note.json:40
  --> 51 error W0656: `returns` says that 'done' must be true or false; got "yes": its schema is at note.json:40
  --> 65 error W0656: `returns` says that 'size' must be at least 1; got 0: its schema is at note.json:40
  --> 96 error W0656: `returns` says that 'title' must be a string; got null: its schema is at note.json:40
  if input.size == 4 then return { id = "x", notes = { { id = "1" } }, tags = { "red", "blue" } } end
  --> 56 error W0653: this table is without notes[].title, which `returns` requires: add it (note.json:40)
  --> 88 error W0656: `returns` says that 'tags[]' must be one of "red", "green"; got "blue": its schema is at note.json:40
  if input.size == 5 then return { id = ctx.now, size = input.title, done = #input.title, title = 1 + 2 } end
  --> 41 error W0656: `returns` does not admit an integer (ctx.now) for 'id': it wants a string (note.json:40)
  --> 57 error W0656: `returns` does not admit a string for 'size': it wants an integer (note.json:40)
  --> 77 error W0656: `returns` does not admit an integer for 'done': it wants a boolean (note.json:40)
  --> 99 error W0656: `returns` does not admit a number for 'title': it wants a string (note.json:40)
  if input.size == 6 then return { "x" } end
  --> 34 error W0656: `returns` does not admit an array for the value: it wants an object (note.json:40)
  return { id = "x" .. input.title, title = input.title, size = input.page, done = not input.size }
end

---- note: values that are none of an object
return function(input, ctx)
  if input.size == 1 then return "x" end
  --> 34 error W0656: `returns` says that the value must be an object; got "x": its schema is at note.json:40
  if input.size == 2 then return ctx.db.notes.list() end
  --> 34 error W0656: `returns` does not admit an array of rows for the value: it wants an object (note.json:40)
  if input.size == 3 then return ctx.db.notes.rename() end
  --> 34 error W0656: `returns` does not admit a number of rows for the value: it wants an object (note.json:40)
  if input.size == 4 then return {} end
  --> 34 error W0653: this table is without id, which `returns` requires: add it (note.json:40)
  if input.size == 5 then return true, 201 end
  --> 34 error W0656: `returns` says that the value must be an object; got true: its schema is at note.json:60
  return input
  --> 10 error W0655: the input comes with note_id, own_id and items, which `returns` does not have: return a table of what may leave: { id = row.id, … } (note.json:40)
  --> 10 error W0653: the input comes without id, which `returns` requires: add it (note.json:40)
end

---- nothing: values that are none of an array
return function(input, ctx)
  if ctx.now == 1 then return { items = {} } end
  --> 31 error W0656: `returns` does not admit an object for the value: it wants an array (nothing.json:8)
  if ctx.now == 2 then return { 1, "x", true, {} } end
  --> 41 error W0656: `returns` says that '[]' must be a string or a whole number; got true: its schema is at nothing.json:8
  --> 47 error W0656: `returns` does not admit a table for '[]': it wants a string or an integer (nothing.json:8)
  if ctx.now == 3 then return null end
  --> 31 error W0656: `returns` says that the value must be an array; got null: its schema is at nothing.json:8
  return {}
end

---- note: statuses
return function(input, ctx)
  if input.size == 1 then return { id = "x" }, 202 end
  --> 48 error W0651: `returns` does not declare the status 202: it declares 200, 201 and 204 (note.json:39)
  if input.size == 2 then return nil, "not found" end
  --> 39 error W0651: the second value that is returned is the status, an integer: a failure is ctx.fail(code), with a code that the contract declares
  if input.size == 3 then return { id = "x" }, 204 end
  --> 34 error W0652: status 204 has no body: return nothing (note.json:61)
  if input.size == 4 then return nil, 204 end
  if input.size == 5 then return { id = "x" }, 201 end
  --> 34 error W0653: this table is without title, which `returns` requires: add it (note.json:60)
  if input.size == 6 then return ctx.db.notes.rename(), 204 end
  --> 34 error W0652: status 204 has no body: return nothing (note.json:61)
  if input.size == 7 then return ctx.db.notes.own(), 204 end
  --> 34 warning W0652: status 204 has no body, and this is a row if there is one: return nothing (note.json:61)
  return { id = "x" }, input.size
end

---- note: nothing is returned
return function(input, ctx)
  if input.size then return end
  --> 22 error W0650: nothing is returned, and `returns` wants a value: return what `returns` describes (note.json:40)
  return nil
  --> 10 error W0650: nothing is returned, and `returns` wants a value: return what `returns` describes (note.json:40)
end

---- note: nothing is ever returned
return function(input, ctx)
  if input.size then ctx.fail("no_such_note") end
  ctx.db.notes.rename()
end
  --> 1 error W0650: nothing is returned, and `returns` wants a value: return what `returns` describes (note.json:39)

---- note: one path returns nothing
return function(input, ctx)
  for _, note in ipairs(ctx.db.notes.list()) do
    if note.id == input.note_id then return note end
  end
end
  --> 1 warning W0650: the handler may end here, and `returns` wants a value: end each path by `return` or ctx.fail (note.json:39)

---- note: every path returns, or ends
local function missing(ctx) ctx.fail("no_such_note") end

return function(input, ctx)
  if input.size == 1 then
    return { id = "x" }
  elseif input.size == 2 then
    error("no")
  elseif input.size == 3 then
    while true do
      if ctx.db.notes.count() > 3 then return { id = "y" } end
    end
  end
  missing(ctx)
end

---- note: rows with columns that may not leave
return function(input, ctx)
  if input.size == 1 then return ctx.db.users.all_of_me() end
  --> 34 error W0655: rows of users.all_of_me come with email, role and reset_code, which `returns` does not have: return a table of what may leave: { id = row.id, … } (note.json:40)
  local me = ctx.db.users.all_of_me()
  if input.size == 2 then return me end
  --> 34 error W0655: rows of users.all_of_me come with email, role and reset_code, which `returns` does not have: return a table of what may leave: { id = row.id, … } (note.json:40)
  return { id = me.id, notes = ctx.db.users.everybody() }
  --> 32 error W0655: rows of users.everybody come with notes[].email and notes[].reset_code, which `returns` does not have: return a table of what may leave: { id = row.id, … } (note.json:40)
  --> 32 error W0653: rows of users.everybody come without notes[].title, which `returns` requires: add it (note.json:40)
end

---- several: rows where the schema may admit them
return function(input, ctx)
  return ctx.db.users.all_of_me()
end

---- note: rows that are made to fit
return function(input, ctx)
  if input.size == 1 then
    local me = ctx.db.users.all_of_me()
    me.email, me.role, me.reset_code = nil, nil, nil
    return me
  end
  local note = ctx.db.notes.own()
  note.notes = ctx.db.notes.list()
  return note
end

---- note: what cannot be JSON
return function(input, ctx)
  if input.size == 1 then return { id = input.note_id, title = function() end } end
  --> 64 error W0657: a function cannot be returned: return tables, strings, numbers, booleans and null
  if input.size == 2 then return ctx end
  --> 34 error W0657: ctx cannot be returned: return tables, strings, numbers, booleans and null
  return { id = ctx.db.notes }
  --> 17 error W0657: ctx cannot be returned: return tables, strings, numbers, booleans and null
end

---- note: what others return is theirs
local helper = require "helper"

return function(input, ctx)
  if input.size == 1 then return helper.one(ctx) end
  local result = { title = "x" }
  helper.complete(result)
  local other = { size = 1 }
  other.id = input.note_id
  other[input.title] = "x"
  return input.size == 2 and result or other
end

---- note: rows of an array that are made to fit
local function strip(user) user.reset_code = nil end

return function(input, ctx)
  if input.size == 1 then
    local users = ctx.db.users.everybody()
    for _, user in ipairs(users) do user.email, user.reset_code, user.title = nil, nil, "x" end
    return { id = "x", notes = users }
  end
  local users = ctx.db.users.everybody()
  for _, user in ipairs(users) do strip(user) end
  return { id = "x", notes = users }
end

---- note: more rows than an array may have
return function(input, ctx)
  if input.size == 1 then return { id = "x", notes = ctx.db.notes.page() } end
  --> 54 warning W0659: notes.page may give 101 rows, and `returns` admits 100 for 'notes': cut them: rows[101] = nil, for each beyond; or have the query give fewer (contracts/queries/notes.sql:51), or `returns` admit more (note.json:40)
  local notes = ctx.db.notes.all_of_mine()
  for _, note in ipairs(notes) do note.title = note.title:upper() end
  return { id = "x", notes = notes }
  --> 30 warning W0659: notes.all_of_mine may give 200 rows, and `returns` admits 100 for 'notes': cut them
end

---- note: rows that are cut, counted, or as many as an array may have
local function cut(rows) rows[101] = nil end

return function(input, ctx)
  if input.size == 1 then return { id = "x", notes = ctx.db.notes.list() } end
  local notes = ctx.db.notes.page()
  if input.size == 2 and #notes > 100 then ctx.fail("no_such_note") end
  if input.size == 3 then return { id = "x", notes = notes } end
  local others = ctx.db.notes.page()
  others[101] = nil
  if input.size == 4 then return { id = "x", notes = others } end
  local more = ctx.db.notes.page()
  cut(more)
  if input.size == 5 then return { id = "x", notes = more } end
  local counted, last = ctx.db.notes.page(), 0
  for i in ipairs(counted) do last = i end
  if last > 100 then ctx.fail("no_such_note") end
  return { id = "x", notes = counted }
end
