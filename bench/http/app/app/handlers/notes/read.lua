return function(_, ctx) return ctx.db.notes.read() end
