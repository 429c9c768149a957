-- What is told of a handler that fails: everything to its developer, nothing to anybody else but the id under
-- which the log has it.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local function contract(name, limits)
  return json.encode {
    summary = "It is tested",
    route = "GET /" .. name,
    requires = { auth = "public", reason = "It is tested", validates = { type = "object", properties = {} } },
    uses = { sleep = limits and limits.total and true or nil },
    ensures = { returns = { type = "string" } },
    limits = limits,
  }
end

-- Handlers, and what is to be read of them where everything is told; below, where it happened, what the contract says
-- there, and the first words of the help.
local cases = {
  { "raises", "local function inner() error 'deep inside' end\nreturn function()\n  inner()\n  return 'x'\nend\n",
    "handler_failed", "^app/handlers/raises.lua:1: deep inside$", "app/handlers/raises.lua:3:" },
  { "indexes", "return function(input)\n  return input.a.b\nend\n",
    "handler_failed", "^app/handlers/indexes.lua:2: attempt to index a nil value %(field 'a'%)$" },
  { "throws", "return function()\n  error { message = 'as a table', code = 7 }\nend\n",
    "handler_failed", "^as a table$", "app/handlers/throws.lua:2:" },
  { "loops", "return function()\n  while true do end\nend\n",
    "handler_deadline", "^it used more than 10 ms of CPU time %(limits.time%)$" },
  { "sleeps", "return function(_, ctx)\n  ctx.sleep(1000)\nend\n",
    "handler_deadline", "^it took more than 30 ms from beginning to end %(limits.total%)$", nil, { total = "30ms" } },
  { "eats", "return function()\n  return ('x'):rep(1e8)\nend\n",
    "handler_memory", "^it needed more than 1024 KB of memory %(limits.memory%)$", nil, { memory = "1MB" } },
  { "breaks", "return function()\n  return { items = { print } }\nend\n",
    "contract_breach", "^/items/0: a function cannot be JSON$" },
  { "promises", "return function()\n  return 5\nend\n", "contract_breach", "^returns: .*string" },
  { "invents", "return function()\n  return 'x', 299\nend\n",
    "contract_breach", "^returns: status 299 is not declared$" },
}

local places = {
  raises = { at = { 1, "local function inner() error 'deep inside' end" }, help = "mend the handler's line" },
  indexes = { at = { 2, "return input.a.b" }, help = "it is not there" },
  throws = { at = { 2, "error { message = 'as a table', code = 7 }" } },
  loops = { help = "look for a loop" },
  eats = { rule = "limits.memory", help = "keep less" },
  promises = { rule = "ensures.returns", help = "return what `returns` describes" },
  invents = { rule = "ensures.returns", help = "return a status that" },
}

local function app()
  local files = {}
  for _, case in ipairs(cases) do
    files["contracts/" .. case[1] .. ".json"] = contract(case[1], case[6])
    files["app/handlers/" .. case[1] .. ".lua"] = case[2]
  end
  return folder.make(files)
end

describe("a handler that fails", function()
  local path, remove = app()
  local dev, closed

  setup(function()
    dev = servers.start { folder = path }
    closed = servers.start { folder = path, dev = false }
  end)

  teardown(function()
    assert.equal(0, dev:stop())
    assert.equal(0, closed:stop())
    remove()
  end)

  for _, case in ipairs(cases) do
    local name, _, code, message, trace = table.unpack(case, 1, 5)

    it("tells its developer: " .. name, function()
      local reply = dev:request("GET", "/" .. name)
      assert.same({ 500, code }, { reply.status, reply.json.code })
      local debug = reply.json.debug
      assert.equal("contracts/" .. name .. ".json", debug.contract)
      assert.equal("app/handlers/" .. name .. ".lua", debug.handler)
      assert.matches(message, debug.message)
      if trace then assert.matches(trace, debug.traceback, 1, true) end
      local place = places[name] or {}
      if place.at then
        assert.same({ file = "app/handlers/" .. name .. ".lua", line = place.at[1], source = place.at[2] }, debug.at)
      end
      if place.rule then
        assert.same({ debug.contract, 1, place.rule }, { debug.rule.file, debug.rule.line, debug.rule.keyword })
        assert.matches(contract(name, case[6]), debug.rule.source, 1, true)
      end
      if place.help then assert.equal(1, debug.help:find(place.help, 1, true)) end
    end)

    it("tells nobody else: " .. name, function()
      local reply = closed:request("GET", "/" .. name)
      assert.same({ 500, code }, { reply.status, reply.json.code })
      assert.is_nil(reply.json.debug)
      for _, leak in ipairs { "lua", "app/", "contracts/", "limits", "deep", "table", "stack" } do
        assert.is_nil(reply.body:find(leak, 1, true), reply.body)
      end
      local found
      for line in closed:log():gmatch "[^\n]+" do
        if line:find(reply.json.request_id, 1, true) then found = json.decode(line) end
      end
      assert.equal("contracts/" .. name .. ".json", found.contract)
      assert.matches(message, found.error)
      if trace then assert.matches(trace, found.traceback, 1, true) end
    end)
  end

  it("has its line shown on its developer's terminal, which it does not command", function()
    local typescript, data = os.tmpname(), servers.capture("mktemp -d"):gsub("%s+$", "")
    local file = assert(io.open(path .. "/app/handlers/raises.lua", "w"))
    file:write "return function() error('\27[8m') end -- \27[31m\n"
    file:close()
    local command = ("exec %s serve --dev --workers 1 --listen 127.0.0.1:0 --data %s %s"):format(servers.writ, data, path)
    local pid = servers.capture(("timeout 60 script -qefc %s %s >/dev/null 2>&1 & echo $!"):format(
      servers.quote(command), typescript)):match "%d+"
    local function seen(pattern)
      local found
      servers.await(pattern, function()
        found = servers.read_file(typescript):match(pattern)
        return found or servers.is_gone(pid)
      end)
      return found
    end
    local port = assert(seen "http://127.0.0.1:(%d+)\r\n")
    servers.capture(("curl -s http://127.0.0.1:%s/raises"):format(port))
    local story = assert(seen "call failed raises: handler_failed(.-to mend it: [^\n]*)")
    os.execute("kill -TERM " .. pid)
    seen "stopping on"
    assert.is_nil(story:find("\27", 1, true))
    assert.matches("return function() error('", story, 1, true)
    os.execute(("rm -rf %s %s"):format(typescript, data))
  end)
end)
