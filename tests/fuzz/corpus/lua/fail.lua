return function(input, ctx) pcall(ctx.fail, "taken") return 1 end
