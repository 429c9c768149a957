-- The corpus of attack scripts: every file of tests/attacks/sandbox/CLASS/ is a handler of one app, run twice in
-- a row against a live server, each time followed by a healthy request on the same connection.
--
-- A script's first line says what it tries, the second what must come of it:
--
--   -- expect: 500 handler_deadline | 500 handler_memory    one of these problems
--   -- expect: 200 {"seen":[]}                              it comes back, with this
--   -- expect: 200 *                                        it comes back, with the same both times
--
-- Scripts of the class `parse` are written by a program: their files return the text of the handler.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local corpus = "tests/attacks/sandbox"
local classes = { "escape", "cpu", "memory", "leak", "encode", "parse" }

-- The deadline is the subject of `cpu`. For the others it is far, so that what becomes of them does not depend on
-- how fast the machine is.
local function deadline_ms(class) return class == "cpu" and 20 or 250 end

-- How much CPU time may pass beyond the deadline: on a busy machine the watchdog is late. It says that nothing runs on.
local slack_ms = 2000

local function scripts_of(class)
  local scripts = {}
  for name in servers.capture(("ls %s/%s"):format(corpus, class)):gmatch "([%w_]+)%.lua" do
    local path = ("%s/%s/%s.lua"):format(corpus, class, name)
    local text = servers.read_file(path)
    local purpose, expected = text:match "^%-%- ([^\n]+)\n%-%- expect: ([^\n]+)\n"
    assert(purpose, path .. ": the first two lines must be `-- purpose` and `-- expect: ...`")
    scripts[#scripts + 1] = { name = name, purpose = purpose, expected = expected,
      text = class == "parse" and assert(load(text, "@" .. path))() or text }
  end
  return scripts
end

local no_fields = {}

local function contract(class, name)
  return json.encode {
    summary = "It is tested",
    route = ("GET /%s/%s"):format(class, name),
    requires = { auth = "public", reason = "It is tested", validates = { type = "object", properties = no_fields } },
    ensures = { returns = { additionalProperties = true } },
    limits = { time = deadline_ms(class) .. "ms", memory = "4MB" },
  }
end

local healthy = [[
return function(input, ctx)
  local names = {}
  for name in pairs(_G) do names[#names + 1] = name end
  table.sort(names)
  local text = table.concat(names, " "):upper():gsub("_", "-")
  return { names = text, format = ("%5.2f|%s"):format(2 / 3, null), upper = ("x"):rep(3, ","),
    principal = ctx.principal, length = utf8.len "naïve", sum = select("#", table.unpack({}, 1, 9)) }
end
]]

-- The app of all scripts; the modules that some of them require are in lib/.
local function make_app(corpus_scripts)
  local files = {
    ["contracts/healthy/one.json"] = contract("healthy", "one"),
    ["app/handlers/healthy/one.lua"] = healthy,
  }
  for name in servers.capture("ls " .. corpus .. "/lib"):gmatch "[%w_]+%.lua" do
    files["app/lib/" .. name] = servers.read_file(corpus .. "/lib/" .. name)
  end
  for class, scripts in pairs(corpus_scripts) do
    for _, script in ipairs(scripts) do
      local path = class .. "/" .. script.name
      files["contracts/" .. path .. ".json"] = contract(class, script.name)
      files["app/handlers/" .. path .. ".lua"] = script.text
    end
  end
  return folder.make(files)
end

-- What came back, in the words of `expect`.
local function outcome_of(reply)
  if reply.headers["content-type"] ~= "application/problem+json" then return reply.status .. " " .. reply.body end
  return ("%d %s"):format(reply.status, reply.json.code)
end

local function is_expected(expected, outcome)
  if expected == "200 *" then return outcome:find "^200 " ~= nil end
  return (" | " .. expected .. " | "):find(" | " .. outcome .. " | ", 1, true) ~= nil
end

describe("the corpus of attack scripts", function()
  local corpus_scripts, count = {}, 0
  for _, class in ipairs(classes) do
    corpus_scripts[class] = scripts_of(class)
    count = count + #corpus_scripts[class]
  end

  local path, remove, server, connection, well

  setup(function()
    path, remove = make_app(corpus_scripts)
    server = servers.start { folder = path, dev = false }
    connection = server:connect()
    well = assert(connection:request("GET", "/healthy/one"))
    assert.equal(200, well.status, well.body)
  end)

  teardown(function()
    connection:close()
    assert.equal(0, server:stop())
    remove()
  end)

  it("is large", function()
    assert.is_true(count >= 100, count .. " scripts")
    for class, scripts in pairs(corpus_scripts) do
      assert.is_true(#scripts >= 10, ("%s: %d scripts"):format(class, #scripts))
    end
  end)

  -- A problem tells its kind, and nothing of how it came about.
  local function tells_nothing(reply)
    local members = {}
    for name in pairs(reply.json) do members[#members + 1] = name end
    table.sort(members)
    assert.same({ "code", "request_id", "status", "title", "type" }, members)
  end

  local function is_audited(reply)
    local rows = server:value(("SELECT count(*) FROM writ_audit WHERE request_id = '%s'"):format(reply.json.request_id))
    assert.equal(1, rows)
  end

  local function run(class, script, expected)
    local began_ms = server:cpu_ms()
    local reply = assert(connection:request("GET", ("/%s/%s"):format(class, script.name)))
    local took_ms = server:cpu_ms() - began_ms
    assert.is_true(took_ms <= deadline_ms(class) + slack_ms, ("took %.1f ms of CPU time"):format(took_ms))
    local outcome = outcome_of(reply)
    assert.is_true(is_expected(expected, outcome), ("expected %s\ngot %s"):format(expected, outcome))
    if reply.status ~= 200 then
      tells_nothing(reply)
      is_audited(reply)
    end
    local after = assert(connection:request("GET", "/healthy/one"))
    assert.same({ 200, well.body }, { after.status, after.body })
    assert.is_true(server:alive())
    return outcome
  end

  for _, class in ipairs(classes) do
    describe("of the class " .. class, function()
      for _, script in ipairs(corpus_scripts[class]) do
        it(("%s: %s"):format(script.name, script.purpose), function()
          local first = run(class, script, script.expected)
          local trapped = first == "500 handler_trapped" -- which closes its route
          local second = run(class, script, trapped and "503 quarantined" or script.expected)
          if class == "leak" or script.expected == "200 *" then assert.equal(first, second) end
        end)
      end
    end)
  end
end)
