---- grants: a query that is never run
return function(input, ctx)
  --> 8 warning W0639: the contract grants notes.rename, which the handler never runs: call ctx.db.notes.rename(), or whoever reviews the contract takes it out of `uses` (grants.json:18)
  local count = #ctx.db.notes.recent() + #ctx.db.notes.archived()
  return { id = ctx.db.notes.read().id .. count }
end

---- grants: all of them
local function titles(db) return db.notes.recent() end

return function(_, ctx)
  --> 8 warning W0639: the contract grants notes.read, notes.rename and notes.archived, which the handler never runs: call ctx.db.notes.read(), or whoever reviews the contract takes what is not needed out of `uses` (grants.json:18)
  local db = ctx.db
  return { id = titles(db)[1].id }
end

---- grants: none is, and ctx is not even asked for
return function(input) return { id = input.note_id } end
--> 8 warning W0639: the contract grants notes.read, notes.rename, notes.recent and notes.archived, which the handler never runs

---- grants: each is run somewhere
local function rename(notes, again)
  if again then rename(notes, false) end
  return notes["rename"]()
end

return function(_, ctx)
  local notes = ctx.db.notes
  local read, _ = notes.read, notes.archived
  local function all() return ctx.db.notes.recent() end
  rename(notes, #all() > 3)
  return { id = read().id }
end

---- grants: ctx goes where nobody can follow
local helper = require "helper"

return function(_, ctx) return helper.one(ctx) end

---- grants: ctx is kept
local Reader = {}
Reader.__index = Reader

function Reader:all() return self.db.notes.recent() end

return function(_, ctx)
  local reader = setmetatable({ db = ctx.db }, Reader)
  return { id = reader:all()[1].id }
end

---- grants: names are computed
return function(input, ctx)
  return { id = #ctx.db.notes[input.title]() .. "" }
end

---- grants: ctx is passed on by pcall, by a method, and as one of many
local helper = require "helper"

local function one(...) return helper.one(...) end

return function(...)
  return one(...)
end

---- grants: a local that is something else later
return function(input, ctx)
  local db = ctx.db
  if input.due == "x" then db = nil end
  return { id = db.notes.read().id }
end
