return function(input, ctx) return pcall(ctx.db.users.refuse) end
