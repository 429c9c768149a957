-- The corpus of HTTP cases (tests/http/cases/*.http; README.md says how they are written), and how a server is asked:
-- the bytes go out in one of several ways, and what comes back is read strictly.
local socket = require "socket"

local M = {}

local escapes = { r = "\r", n = "\n", t = "\t", v = "\v", ["0"] = "\0", ["\\"] = "\\" }

-- The bytes that a text of a case file stands for; "\@" is `each`.
local function bytes_of(text, each)
  local flat = text:gsub("\\(%b())", function(repetition)
    local part, count = repetition:match "^%((.+)%*(%d+)%)$"
    assert(part, "a repetition is \\(TEXT*COUNT): " .. text)
    return part:rep(tonumber(count))
  end)
  return (flat:gsub("\\(.)(%x?%x?)", function(letter, digits)
    if letter == "x" then return string.char(tonumber(digits, 16)) end
    local byte = letter == "@" and each or escapes[letter]
    return assert(byte, "no such escape: " .. text) .. digits
  end))
end

-- "200 400 closed", "200 (HEAD) kept", "incomplete".
local function read_outcome(text)
  if text == "incomplete" then return { replies = {}, ending = "incomplete", text = text } end
  local statuses, ending = text:match "^(.-)%s*(%a+)$"
  assert(ending == "kept" or ending == "closed", "an outcome ends in kept or closed: " .. text)
  local outcome = { replies = {}, ending = ending, text = text }
  for status, head in statuses:gmatch "(%d%d%d)(%s*%(?H?E?A?D?%)?)" do
    table.insert(outcome.replies, { status = tonumber(status), to_head = head:find "HEAD" ~= nil })
  end
  return outcome
end

-- "200 kept because it is mild"
local function read_opinion(text)
  local outcome, reason = text:match "^(.-) because (.+)$"
  assert(outcome, "another server's outcome needs a reason: " .. text)
  return { outcome = outcome, reason = reason, used = 0 }
end

local function finish(block, each, cases)
  local parts = {}
  for _, line in ipairs(block.lines) do parts[#parts + 1] = bytes_of(line, each and bytes_of(each.text)) end
  local outcome = each and each.outcome or block.outcome
  assert(outcome, block.title .. ": no outcome")
  local body
  if each and each.outcome then body = each.body else body = block.body end
  cases[#cases + 1] = {
    title = block.title .. (each and (": " .. (#each.text > 60 and each.text:sub(1, 57) .. "..." or each.text)) or ""),
    bytes = table.concat(parts),
    outcome = read_outcome(outcome),
    body = body and bytes_of(body),
    nginx = block.nginx,
    file = block.file,
  }
end

-- "TEXT => OUTCOME body BODY", all but TEXT optional.
local function read_each(text)
  local each = { text = text }
  local bytes, outcome = text:match "^(.-)%s+=> (.+)$"
  if outcome then
    each.text = bytes
    local statuses, body = outcome:match "^(.-) body (.+)$"
    each.outcome, each.body = statuses or outcome, body
  end
  return each
end

-- Adds a file's cases to `cases`.
function M.read(path, cases)
  local block
  local function close()
    if not block then return end
    assert(#block.lines > 0, block.title .. ": no bytes")
    if #block.each == 0 then finish(block, nil, cases) end
    for _, each in ipairs(block.each) do finish(block, each, cases) end
    block = nil
  end
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    local where = ("%s:%d: %s"):format(path, number, line)
    local sign, rest = line:match "^(%S+) ?(.*)$"
    local for_people = not sign or sign == "#" or sign == "--"
    if sign == "==" then
      close()
      block = { title = rest, lines = {}, each = {}, nginx = {}, file = path:match "[^/]+$" }
    elseif not block and not for_people then error(where .. ": before the first case")
    elseif sign == "|" then table.insert(block.lines, rest .. "\\r\\n")
    elseif sign == ":" then table.insert(block.lines, rest)
    elseif sign == "each" then table.insert(block.each, read_each(rest))
    elseif sign == "=>" then block.outcome = rest
    elseif sign == "body" then block.body = rest
    elseif sign == "nginx" then table.insert(block.nginx, read_opinion(rest))
    elseif not for_people then error(where .. ": no such sign") end
  end
  close()
  return cases
end

function M.load()
  local cases = {}
  local list = assert(io.popen "ls tests/http/cases/*.http")
  for path in list:lines() do M.read(path, cases) end
  list:close()
  return cases
end

-- --- Asking. ---

M.canary = "POST /canary HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
M.canary_status = 202

-- How the bytes go out: each gives a list of pieces.
local long, edge = 4000, 1500
M.ways = {
  { name = "at once", cut = function(bytes) return { bytes } end },
  {
    name = "byte by byte", -- but for the middle of what is long
    cut = function(bytes)
      local pieces, at = {}, 1
      while at <= #bytes do
        local middle = #bytes > long and at > edge and at < #bytes - edge
        local size = middle and math.min(997, #bytes - edge - at) or 1
        pieces[#pieces + 1] = bytes:sub(at, at + size - 1)
        at = at + size
      end
      return pieces
    end,
  },
  {
    name = "line by line",
    cut = function(bytes)
      local pieces, at = {}, 1
      while at <= #bytes do
        local _, stop = bytes:find("\r\n", at, true)
        pieces[#pieces + 1] = bytes:sub(at, stop or #bytes)
        at = (stop or #bytes) + 1
      end
      return pieces
    end,
  },
}

-- Sends a case and all that would follow it, and reads until the server closes. Gives the bytes that came, and
-- "timeout" if the server did not close.
function M.exchange(port, case, way)
  local client = assert(socket.tcp())
  client:settimeout(60)
  assert(client:connect("127.0.0.1", port))
  client:setoption("tcp-nodelay", true)
  local incomplete = case.outcome.ending == "incomplete"
  local bytes = case.bytes .. (incomplete and "" or M.canary)
  for _, piece in ipairs(way.cut(bytes)) do
    if not client:send(piece) then break end -- it has closed: what it said is still to be read
  end
  if incomplete then client:shutdown "send" end
  local all, problem, part = client:receive "*a"
  client:close()
  return all or part, problem == "timeout" and problem or nil
end

local function read_head(bytes, at)
  local stop = select(2, bytes:find("\r\n\r\n", at, true))
  if not stop then return nil, "a head without an end" end
  local head = bytes:sub(at, stop - 2)
  local status, rest = head:match "^HTTP/1%.1 (%d%d%d) [\t\x20-\x7e]*\r\n(.*)$"
  if not status then return nil, "no status line" end
  local reply = { status = tonumber(status), fields = {} }
  for line in rest:gmatch "(.-)\r\n" do
    local name, value = line:match "^([%w!#$%%&'*+%-.^_`|~]+):[ \t]*([\t\x20-\x7e\x80-\xff]-)[ \t]*$"
    if not name then return nil, "no field: " .. line end
    name = name:lower()
    if reply.fields[name] then return nil, "twice: " .. name end
    reply.fields[name] = value
  end
  return reply, nil, stop + 1
end

-- The replies in `bytes`, strictly, to what the outcome says of them (a reply to HEAD has no body); or nil and what is
-- wrong. Interim replies are left out: a server sends 100 only if the body is not there yet.
function M.replies(bytes, outcome)
  local replies, at = {}, 1
  while at <= #bytes do
    local reply, problem, next_at = read_head(bytes, at)
    if not reply then return nil, problem .. (": %q"):format(bytes:sub(at, at + 200)) end
    at = next_at
    if reply.status >= 200 then
      local expected = outcome.replies[#replies + 1]
      local empty = reply.status == 204 or reply.status == 304
      local length = tonumber(reply.fields["content-length"] or (empty and "0" or ""), 10)
      if not length then return nil, "no Content-Length" end
      if empty or expected and expected.to_head then length = 0 end
      reply.body = bytes:sub(at, at + length - 1)
      if #reply.body < length then return nil, "the body is too short" end
      at = at + length
      replies[#replies + 1] = reply
    end
  end
  return replies
end

-- What happened, in the words of a case file. That a request was not complete only the case knows.
function M.outcome_of(replies, outcome)
  local words, ending = {}, outcome.ending == "incomplete" and "incomplete" or "closed"
  for _, reply in ipairs(replies) do words[#words + 1] = tostring(reply.status) end
  if replies[#replies] and replies[#replies].status == M.canary_status then
    ending = "kept"
    words[#words] = nil
  end
  words[#words + 1] = ending
  return table.concat(words, " ")
end

-- An outcome without what only the reader of replies has to know.
function M.plain(outcome) return (outcome.text:gsub(" %(HEAD%)", "")) end

return M
