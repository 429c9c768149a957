---- note: fields that the schema does not have
return function(input, ctx)
  local title = input.titel
  --> 23 error W0640: the input has no field 'titel': did you mean 'title'?
  if input.colour then title = "red" end
  --> 12 warning W0640: the input has no field 'colour': it has note_id, own_id, title, size, page, body, … (note.json:6)
  return { id = input.id, title = title .. input.name }
  --> 23 error W0640: the input has no field 'id': it has note_id, own_id, title, size, page, body, … (note.json:6)
  --> 50 error W0640: the input has no field 'name': did you mean 'page'?
end

---- register: a password
return function(input, ctx)
  if #input.password < 8 then error("too short") end
  --> 13 error W0641: 'password' is a password: it is not in the input: the host verifies or hashes it, and binds the hash itself
  return ctx.db.users.register(), 201
end

---- note: fields that may be absent
return function(input, ctx)
  local size = input.size
  local id = "x" .. input.body
  --> 21 warning W0642: the field 'body' may be absent, and is nil then: ask first: if input.body then (note.json:6)
  return { id = id, size = size + 1, title = input.body:upper() }
  --> 28 warning W0642: the field 'size' may be absent, and is nil then: ask first: if input.size then (note.json:6)
end

---- note: fields that may be absent, and are asked for
return function(input, ctx)
  local size = input.size or 10
  local body = input.body
  if not body then body = "" end
  if input.size and input.size > 3 then size = input.size * 2 end
  return { id = body:upper() .. input.page, size = size, title = input.body and input.body:lower() }
end

---- several: what the schema requires only sometimes
return function(input, ctx)
  if input.kind == "long" then return { id = input.text:upper() } end
  return { id = input.kind }
end

---- note: fields that the handler adds
return function(input, ctx)
  input.colour = "red"
  local function paint(given) return given.colour .. given.titel end
  --> 60 warning W0640: the input has no field 'titel': did you mean 'title'?
  return { id = paint(input) }
end

---- grants: fields that may be null
return function(input, ctx)
  if input.due then ctx.log(input.due:upper()) end
  --> 29 warning W0643: the field 'due' may be null, which is true in Lua and no value to work with: compare first: if input.due ~= null then (grants.json:6)
  local size = input.size
  if size ~= nil then ctx.log(size + 1) end
  --> 31 warning W0643: the field 'size' may be null, which is true in Lua and no value to work with: compare first: if input.size ~= null then (grants.json:6)
  return { id = "x" }
end

---- grants: fields that may be null, and are asked for
return function(input, ctx)
  local size = input.size
  if input.due and input.due ~= null then ctx.log(input.due:upper()) end
  if size == null then size = 0 end
  if type(input.size) == "number" then ctx.log(input.size + 1) end
  return { id = tostring(input.due) .. size }
end

---- note: a list that may be absent
return function(input, ctx)
  for _, letter in ipairs(input.body) do ctx.log(letter) end
  --> 27 warning W0642: the field 'body' may be absent, and is nil then: ask first: if input.body then (note.json:6)
  return { id = "x" }
end

---- note: fields that may be absent, given to the standard libraries
return function(input, ctx)
  local upper = string.upper(input.body)
  --> 30 warning W0642: the field 'body' may be absent, and is nil then: ask first: if input.body then (note.json:6)
  local size = math.floor(input.size)
  --> 27 warning W0642: the field 'size' may be absent, and is nil then: ask first: if input.size then (note.json:6)
  return { id = upper, size = size }
end

---- note: fields that may be absent, given to what takes nil
return function(input, ctx)
  local body = tostring(input.body)
  if math.type(input.size) == "integer" then body = body .. "!" end
  local all = table.pack(input.body)
  return { id = input.note_id, size = #all, title = input.body and string.upper(input.body) }
end
