return function(_, ctx) return ctx.db.users.create(), 201 end
