-- Message handlers that fail in message handlers, for ever
-- expect: 500 handler_deadline
return function()
  local function handler() error "again" end
  while true do xpcall(error, handler) end
end
