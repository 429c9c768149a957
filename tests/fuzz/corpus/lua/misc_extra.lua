return function(input, ctx)
  local user = ctx.db.users.me()
  if input.trick == "top" then return { user = user, password_hash = "$argon2id$" } end
  if input.trick == "nested" then
    user.password_hash = "$argon2id$"
    return { user = user }
  end
  if input.trick == "in_list" then return { list = { { id = "1" }, { id = "2", password_hash = "$argon2id$" } } } end
  return { user = user }
end
