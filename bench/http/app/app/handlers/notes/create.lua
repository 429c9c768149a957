return function(_, ctx) return ctx.db.notes.create(), 201 end
