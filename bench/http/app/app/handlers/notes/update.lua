return function(_, ctx) return ctx.db.notes.update() end
