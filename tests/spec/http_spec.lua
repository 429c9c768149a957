-- The HTTP corpus (tests/http/) against a real server. However the bytes of a case are cut, the outcome is the same,
-- and what stands after a refused request is never taken for a request.
local servers = require "support.server"
local corpus = require "http.corpus"

describe("HTTP", function()
  local server
  local served = 0 -- canaries that came through where they may

  setup(function() server = servers.start { folder = "tests/http", dev = false } end)

  teardown(function()
    local canaries = server:value "SELECT count(*) FROM writ_audit WHERE action = 'canary' AND outcome = 'ok'"
    local smuggled = server:value "SELECT count(*) FROM writ_audit WHERE action = 'smuggled'"
    assert.equal(0, server:stop())
    assert.equal(served, canaries)
    assert.equal(0, smuggled)
  end)

  -- What is wrong with the replies, or nil.
  local function fault(case, replies)
    local expected = corpus.plain(case.outcome)
    local found = corpus.outcome_of(replies, case.outcome)
    if found ~= expected then return ("expected %s, got %s"):format(expected, found) end
    local last = replies[#case.outcome.replies]
    if case.body and last.body ~= case.body then return ("body %s, got %s"):format(case.body, last.body) end
    for i, reply in ipairs(replies) do
      local closes = (reply.fields.connection or ""):lower() == "close"
      if closes ~= (i == #replies and case.outcome.ending ~= "incomplete") then
        return ("reply %d of %d: Connection: %s"):format(i, #replies, reply.fields.connection)
      end
      local problem = reply.fields["content-type"] == "application/problem+json"
      if problem ~= (reply.status >= 400) then return reply.status .. " as " .. reply.fields["content-type"] end
    end
  end

  local function try(case, way)
    local bytes, problem = corpus.exchange(server.port, case, way)
    if problem then return ("%s after %q"):format(problem, bytes) end
    local replies
    replies, problem = corpus.replies(bytes, case.outcome)
    if problem then return problem end
    if replies[#replies] and replies[#replies].status == corpus.canary_status and case.outcome.ending == "kept" then
      served = served + 1
    end
    return fault(case, replies)
  end

  for _, case in ipairs(corpus.load()) do
    it(("%s: %s"):format(case.file, case.title), function()
      for _, way in ipairs(corpus.ways) do
        local problem = try(case, way)
        if problem then error(("%s: %s"):format(way.name, problem), 0) end
      end
    end)
  end

  it("sends 100 Continue when the body is not there yet, and no sooner", function()
    local connection = server:connect()
    connection:send "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    connection:send "Expect: 100-continue\r\nContent-Length: 12\r\n\r\n"
    assert.equal(100, connection:receive().status)
    connection:send '{"text":"a"}'
    assert.equal('{"text":"a"}', connection:receive().body)
    connection:send "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    connection:send "Expect: 100-continue\r\nContent-Length: 1025\r\n\r\n"
    assert.equal(413, connection:receive().status)
    assert.is_nil(connection:receive())
    connection:close()
  end)
end)
