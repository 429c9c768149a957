return function(input, ctx)
  local rows = ctx.db.notes.list { q = input.text, list = { 1, 2, { a = null } } }
  local user, text, none = ctx.db.users.find(), ctx.db.notes.read(), ctx.db.users.create {}
  for i = 1, 20 do ctx.db.notes.list({ n = i }) end
  if none ~= null then return 1 end
  return { rows[1].name, user.id, #text, rows[3].size }
end
