---- note: a row is looked for by a function of the file
local function find(ctx)
  local note = ctx.db.notes.read()
  if note == null then ctx.fail("no_such_note") end
  return note
end

local function present(note) return { id = note.id, title = note.title, done = note.done } end

return function(input, ctx)
  local note = find(ctx)
  if note.done and note.archived_at ~= null then return present(note), 200 end
  return present(note)
end

---- note: results are kept in other locals
return function(input, ctx)
  local note, found = ctx.db.notes.read(), false
  found = note ~= null
  if not found then ctx.fail("no_such_note") end
  local title
  if input.size and input.size > 10 then
    title = note.title:sub(1, input.size)
  else
    title = note.title
  end
  return { id = note.id, title = title, size = #title > 0 and #title or nil }
end

---- note: a table is made step by step
return function(input, ctx)
  local reply = {}
  reply.id = input.note_id
  reply.notes = {}
  for i, note in ipairs(ctx.db.notes.list()) do
    if i > input.page * 10 then break end
    reply.notes[#reply.notes + 1] = { id = note.id, title = note.title .. " (" .. i .. ")" }
  end
  table.sort(reply.notes, function(a, b) return a.title < b.title end)
  return reply, #reply.notes > 0 and 200 or 201
end

---- note: fields are chosen by a loop
local shown = { "id", "title" }

return function(input, ctx)
  local me, reply = ctx.db.users.all_of_me(), {}
  for _, name in ipairs(shown) do reply[name] = me[name] end
  reply.id = reply.id or input.note_id
  return reply
end

---- note: a write on one path or the other
return function(input, ctx)
  local changed
  if input.body == nil then
    changed = ctx.db.notes.rename()
  else
    changed = ctx.db.notes.archive()
    if changed == 0 then ctx.fail("no_such_note") end
    changed = changed + ctx.db.notes.rename()
  end
  if changed == 0 then return ctx.fail("no_such_note") end
  return nil, 204
end

---- note: a table of functions decides
local actions = {}

function actions.rename(ctx) return ctx.db.notes.rename() end
function actions.archive(ctx) return ctx.db.notes.archive() end

return function(input, ctx)
  local action = actions[input.body or "rename"]
  if not action then ctx.fail("title_taken") end
  if action(ctx) == 0 then ctx.fail("no_such_note") end
  return { id = input.note_id }
end

---- note: all is done by a method
local Note = {}
Note.__index = Note

function Note.new(row) return setmetatable({ row = row }, Note) end
function Note:title() return self.row.title end

return function(input, ctx)
  local row = ctx.db.notes.own()
  local note = Note.new(row)
  return { id = row.id, title = note:title() }
end

---- note: what must hold is asserted
return function(input, ctx)
  local note = ctx.db.notes.read()
  assert(note ~= null, "it was there a moment ago")
  local count = assert(tonumber(ctx.db.notes.count()))
  return { id = note.id, size = count > 0 and count or 1 }
end

---- note: time, ids, the caller
return function(input, ctx)
  local day = os.date("!%Y-%m-%d", ctx.now // 1000)
  local admin = false
  for _, role in ipairs(ctx.principal.roles) do admin = admin or role == "admin" end
  ctx.log(("%s %s %s"):format(ctx.request.method, ctx.principal.id, ctx.request.id), day, admin)
  return { id = ctx.new_id, title = day, done = admin }
end

---- note: input fields that are optional, checked in many ways
local function or_empty(text) return text or "" end

return function(input, ctx)
  local body = or_empty(input.body)
  local size = type(input.size) == "number" and input.size + 1 or 1
  if input.body ~= nil and #input.body > 3 then body = input.body:sub(1, 3) end
  for i = 1, input.size or 3 do body = body .. i end
  return { id = body, size = size }
end

---- note: every path ends, with goto too
return function(input, ctx)
  local i = 0
  ::again::
  i = i + 1
  if i < 3 then goto again end
  for _, item in ipairs(input.items) do
    if item == "" then goto continue end
    i = i + 1
    ::continue::
  end
  do return { id = tostring(i) } end
end

---- nothing: an array of what was made
return function(_, ctx)
  local list = { ctx.new_id, #ctx.principal.roles, table.unpack(ctx.principal.roles) }
  list[#list + 1] = ctx.request.address
  return list
end
