-- The essay's updateUserProfile: no authentication, no ownership, no validation, no rate limit, no audit.
return function(input, ctx)
  return ctx.db.users.update_profile()
end
