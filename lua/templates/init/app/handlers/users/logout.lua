-- The host ends the session: there is nothing left to do.
---@param input writ.users.logout.input
---@param ctx writ.users.logout.ctx
---@return writ.users.logout.body?, writ.users.logout.status?
return function(input, ctx)
end
