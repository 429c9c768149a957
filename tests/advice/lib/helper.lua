-- What nobody knows without running it.
local helper = {}

function helper.one(ctx) return { id = ctx.new_id } end
function helper.complete(result) result.id = "x" end

return helper
