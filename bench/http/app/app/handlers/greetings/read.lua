return function(input) return { greeting = "Hello, " .. input.name .. "!" } end
