-- The request that another call had: its id, its time, its ids must be new, its route its own
-- expect: 200 "/leak/request_of_another"
local before
return function(_, ctx)
  if before and (before.id == ctx.request.id or before.new_id == ctx.new_id) then return "leaked" end
  before = { id = ctx.request.id, new_id = ctx.new_id }
  return ctx.request.route
end
