return function(input, ctx) return ctx.db.users.find { x = { 1, print } } end
