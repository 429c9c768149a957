-- Many clients at once, each with one request under way: over the connections of one Lua program.
--
--   clients.run({ server }, 16, {
--     request = function() return bytes, tag end,   -- the next one; nil: this client is done
--     reply = function(tag, status, body) end,      -- what came of it
--   })
--
-- Ends when no client has a request left and all have been answered, or when the servers have closed all connections.
-- Nobody waits for longer than 20 seconds.
local socket = require "socket"

local M = {}

-- A request with a body of JSON, as text.
function M.post(path, body)
  return ("POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
    :format(path, #body, body)
end

-- The whole reply at the beginning of the bytes: its status and body; nil if there is none yet.
local function parse(bytes)
  local status, head, from = bytes:match "^HTTP/1.1 (%d+) (.-\r\n)\r\n()"
  if not status then return nil end
  local length = tonumber(head:lower():match "content%-length: (%d+)" or 0)
  if #bytes < from + length - 1 then return nil end
  return tonumber(status), bytes:sub(from, from + length - 1)
end

function M.run(servers, count, calls)
  local open, buffers, tags = {}, {}, {}

  local function drop(client)
    for i, other in ipairs(open) do
      if other == client then table.remove(open, i) break end
    end
    client:close()
  end

  local function send(client)
    local bytes, tag = calls.request()
    if not bytes then return drop(client) end
    buffers[client], tags[client] = "", tag
    client:send(bytes)
  end

  for _, server in ipairs(servers) do
    for _ = 1, count do
      local client = server:connect().client
      client:settimeout(0)
      open[#open + 1] = client
    end
  end
  for _, client in ipairs { table.unpack(open) } do send(client) end

  local answered_at = socket.gettime()
  while #open > 0 do
    if calls.tick then calls.tick() end
    for _, client in ipairs((socket.select(open, nil, 0.01))) do
      local all, problem, part = client:receive "*a"
      buffers[client] = buffers[client] .. (all or part or "")
      local status, body = parse(buffers[client])
      if status then
        answered_at = socket.gettime()
        calls.reply(tags[client], status, body)
      end
      if problem ~= "timeout" then drop(client) elseif status then send(client) end
    end
    assert(socket.gettime() - answered_at < 20, "clients wait, and nobody is answered")
  end
end

return M
