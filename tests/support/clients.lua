-- Many clients at once, each on a connection of its own with one request under way.
--
--   clients.run({ server }, 16, {                             so many on each of the servers
--     ask = function(client) return method, path, body end,   nil: this client is done
--     answered = function(reply, method, path, body) end,     body as sent
--     unanswered = function(method, path, body) end,          the connection ended instead
--     turn = function() end,                                  every few milliseconds
--   })
--
-- Gives the longest that anybody waited, in seconds. Whoever waits for `patience` seconds is an error.
local socket = require "socket"
local json = require "cjson"

local M = {}

local patience = 30

local function bytes_of(method, path, body)
  local text = body and json.encode(body) or ""
  return ("%s %s HTTP/1.1\r\nHost: test\r\n%sContent-Length: %d\r\n\r\n%s"):format(method, path,
    body and "Content-Type: application/json\r\n" or "", #text, text)
end

-- A whole reply at the start of `bytes`, or nil.
local function parse(bytes)
  local status, head, rest = bytes:match "^HTTP/1.1 (%d+) [^\r]*\r\n(.-)\r\n\r\n(.*)$"
  local length = status and tonumber(head:lower():match "content%-length: (%d+)")
  if not length or #rest < length then return nil end
  assert(#rest == length, "more than a reply: " .. bytes)
  local reply = { status = tonumber(status), body = rest }
  if head:find "json" then reply.json = json.decode(rest) end
  return reply
end

function M.run(servers, count, events)
  local open, by_socket, longest = {}, {}, 0

  local function close(client)
    for i, other in ipairs(open) do
      if other == client.socket then table.remove(open, i) break end
    end
    client.socket:close()
  end

  local function ask(client)
    client.request = table.pack(events.ask(client.number))
    if not client.request[1] then return close(client) end
    client.buffer, client.asked = "", socket.gettime()
    client.socket:send(bytes_of(table.unpack(client.request, 1, 3))) -- if that fails, so does receiving
  end

  local function hear(client)
    local all, problem, part = client.socket:receive "*a"
    client.buffer = client.buffer .. (all or part or "")
    local reply = parse(client.buffer)
    if reply then
      longest = math.max(longest, socket.gettime() - client.asked)
      events.answered(reply, table.unpack(client.request, 1, 3))
      if problem == "timeout" then return ask(client) end
      return close(client)
    end
    if problem ~= "timeout" then
      if events.unanswered then events.unanswered(table.unpack(client.request, 1, 3)) end
      close(client)
    end
  end

  for i = 1, count * #servers do
    local client = { number = i, socket = servers[(i - 1) // count + 1]:connect().client }
    client.socket:settimeout(0)
    open[i], by_socket[client.socket] = client.socket, client
  end
  for _, each in ipairs { table.unpack(open) } do ask(by_socket[each]) end
  while #open > 0 do
    for _, each in ipairs((socket.select(open, nil, 0.005))) do hear(by_socket[each]) end
    if events.turn then events.turn() end
    for _, each in ipairs(open) do
      local waited = socket.gettime() - by_socket[each].asked
      assert(waited <= patience, ("no reply for %d s: %s %s"):format(waited // 1, by_socket[each].request[1],
        by_socket[each].request[2]))
    end
  end
  return longest
end

return M
