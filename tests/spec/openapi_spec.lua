-- `writ openapi`, and the document that a server offers, against what the server does.
local servers = require "support.server"
local folder = require "support.folder"
local json = require "cjson"

local ada_id = "01890000-0000-7000-8000-00000000000a"
local bob_id = "01890000-0000-7000-8000-00000000000b"
local root_id = "01890000-0000-7000-8000-00000000000f"
local ada_note, bob_note = "01890000-0000-7000-8000-0000000000a1", "01890000-0000-7000-8000-0000000000b1"
local ada_money, bob_money = "01890000-0000-7000-8000-0000000000a3", "01890000-0000-7000-8000-0000000000b3"

-- What a {"$ref": "#/…"} leads to.
local function resolve(document, value)
  while type(value) == "table" and value["$ref"] do
    local at = document
    for token in value["$ref"]:gmatch "/([^/]+)" do
      at = assert(at[(token:gsub("~1", "/"):gsub("~0", "~"))], value["$ref"])
    end
    value = at
  end
  return value
end

local function print_document(path)
  local out, err, code = servers.run("openapi " .. path)
  assert.equal(0, code, err)
  return out
end

describe("writ openapi", function()
  it("has every route, and nothing else", function()
    for _, path in ipairs { ".", "tests/attacks" } do
      local document = json.decode(print_document(path))
      local expected, found = {}, {}
      for method, route in servers.run("routes " .. path):gmatch "\n(%u+)%s+(/%S*)" do
        expected[#expected + 1] = method .. " " .. route
      end
      local ids = {}
      for route, item in pairs(document.paths) do
        for method, operation in pairs(item) do
          found[#found + 1] = method:upper() .. " " .. route
          assert.is_nil(ids[operation.operationId])
          ids[operation.operationId] = true
        end
      end
      table.sort(expected)
      table.sort(found)
      assert.is_true(#expected > 5)
      assert.same(expected, found)
    end
  end)

  it("prints the same each time, and refers to what is there", function()
    local text = print_document "."
    assert.equal(text, print_document ".")
    local document = json.decode(text)
    local count = 0
    for ref in text:gmatch '"%$ref": ("[^"]*")' do
      assert.matches('^"#/components/', ref)
      resolve(document, { ["$ref"] = json.decode("[" .. ref .. "]")[1] })
      count = count + 1
    end
    assert.is_true(count > 50)
    assert.is_nil(text:find("$defs", 1, true))
    assert.is_nil(text:find('"normalize"', 1, true))
  end)

  it("takes title, version, server and description from writ.json", function()
    local path, remove = folder.make { ["writ.json"] = json.encode { api = {
      title = "Notes", version = "1.2.3", server = "https://notes.example/api", description = "All of it" } } }
    local document = json.decode(print_document(path))
    remove()
    assert.same({ title = "Notes", version = "1.2.3", description = "All of it" }, document.info)
    assert.same({ { url = "https://notes.example/api" } }, document.servers)
  end)

  it("prints nothing if the app does not load, or writ.json is wrong", function()
    for _, files in ipairs {
      { ["contracts/notes/one.json"] = "{}" },
      { ["writ.json"] = '{"api": {"titel": "x"}}' },
      { ["writ.json"] = '{"api": {"title": ""}}' },
    } do
      local path, remove = folder.make(files)
      local out, err, code = servers.run("openapi " .. path)
      remove()
      assert.same({ "", 1 }, { out, code })
      assert.is_true(#err > 0)
    end
  end)
end)

describe("a served document", function()
  local function serve(writ_json, files)
    files = files or {}
    files["writ.json"] = writ_json
    return folder.make(files)
  end

  it("is what writ openapi prints, for GET and HEAD", function()
    local path, remove = serve '{"openapi": true, "api": {"title": "Notes"}}'
    local server = servers.start { folder = path }
    local reply = server:request("GET", "/openapi.json")
    local head = server:request("HEAD", "/openapi.json")
    local post = server:request("POST", "/openapi.json", { json = {} })
    assert.equal(0, server:stop())
    assert.same({ 200, "application/json" }, { reply.status, reply.headers["content-type"] })
    assert.equal(print_document(path), reply.body)
    assert.same({ 200, reply.headers["content-length"] }, { head.status, head.headers["content-length"] })
    assert.same({ 405, "GET, HEAD, OPTIONS" }, { post.status, post.headers.allow })
    remove()
  end)

  it("is not there unless writ.json says so", function()
    local path, remove = serve "{}"
    local server = servers.start { folder = path }
    assert.equal(404, server:request("GET", "/openapi.json").status)
    assert.equal(0, server:stop())
    remove()
  end)

  it("has its route for itself", function()
    local files = { ["contracts/notes/one.json"] = folder.contract(function(c)
      c.route = "POST /openapi.json"
      c.ensures.audit = "x"
    end), ["contracts/queries/notes.sql"] = "-- name: one :one\nSELECT id, body FROM notes WHERE id = :note_id;\n" }
    for _, command in ipairs { "check ", "openapi ", "serve --listen 127.0.0.1:0 " } do
      local path, remove = serve('{"openapi": true, "listen": "127.0.0.1:0"}', files)
      local _, err, code = servers.run(command .. path)
      remove()
      assert.equal(1, code, command)
      assert.matches("notes/one.json:1:%d+: error W0307: the OpenAPI document is served at /openapi.json", err)
    end
    local path, remove = serve("{}", files)
    local _, err, code = servers.run("check " .. path)
    remove()
    assert.equal(0, code, err)
  end)
end)

describe("the example's document", function()
  local server, document, ada, root
  local seen = {} -- by operationId: statuses that were observed

  setup(function()
    document = json.decode(print_document ".")
    server = servers.start { seed = "tests/fixtures.sql", dev = false }
    ada = server:login("ada@example.com", "ada-loves-engines")
    root = server:login("root@example.com", "root-reads-audits")
  end)

  teardown(function() assert.equal(0, server:stop()) end)

  -- Whether the document's schema admits a text of JSON is asked when all has been sent, in one go.
  local questions = {}
  local function ask(schema, text, expected, what)
    questions[#questions + 1] = { expected = expected, what = what, line = ('{"schema": %s, "data": %s}'):format(
      json.encode { allOf = { schema }, components = document.components }, text) }
  end

  -- The body that was sent is refused as invalid if and only if the document refuses it.
  local function check_request(operation, sent, reply)
    local content = (operation.requestBody or {}).content
    if not sent or not content then return end
    local refused = reply.status == 422 and reply.json.code == "invalid_input"
    ask(content["application/json"].schema, sent, not refused, operation.operationId .. ": " .. sent .. reply.body)
  end

  local function check_reply(operation, reply)
    local what = ("%s: %d %s"):format(operation.operationId, reply.status, reply.body)
    local response = resolve(document, operation.responses[tostring(reply.status)])
    assert.is_table(response, what)
    for _, name in ipairs { "www-authenticate", "set-cookie", "retry-after", "ratelimit-limit" } do
      local documented = false
      for header in pairs(response.headers or {}) do documented = documented or header:lower() == name end
      if reply.headers[name] then assert.is_true(documented, what .. ": " .. name) end
    end
    if not response.content then
      assert.equal("", reply.body, what)
      return
    end
    local content = response.content[reply.headers["content-type"]]
    assert.is_table(content, what)
    ask(content.schema, reply.body, true, what)
  end

  -- Sends to an operation of the document, and checks what comes against it. `parameters` fill the path's.
  local function try(status, method, path, parameters, options)
    local operation = assert(document.paths[path], path)[method:lower()]
    local target = path:gsub("{(.-)}", parameters)
    local reply = server:request(method, target .. (options.query or ""), options)
    assert.equal(status, reply.status, reply.body)
    check_request(operation, options.json and json.encode(options.json), reply)
    check_reply(operation, reply)
    seen[operation.operationId] = seen[operation.operationId] or {}
    seen[operation.operationId][status] = true
    return reply.json
  end

  local function code(problem) return problem.code end

  it("tells of users", function()
    local new = { email = "new@example.com", name = "New", password = "long enough" }
    try(422, "POST", "/users", {}, { json = { email = "new@example.com", name = "New", password = "short" } })
    try(422, "POST", "/users", {}, { json = { email = "new@example.com", name = "", password = "long enough" } })
    try(422, "POST", "/users", {}, { json = { email = "new@example.com", name = "N", password = "long enough", x = 1 } })
    local made = try(201, "POST", "/users", {}, { json = new })
    assert.equal("email_taken", code(try(409, "POST", "/users", {}, { json = new })))
    try(400, "POST", "/users", {}, { body = "{" })
    try(413, "POST", "/users", {}, { body = ("x"):rep(70000) })
    try(415, "POST", "/users", {}, { body = "{}", type = "text/plain" })
    try(401, "POST", "/login", {}, { json = { email = "new@example.com", password = "wrong" } })
    try(422, "POST", "/login", {}, { json = { email = "new@example.com" } })
    try(200, "POST", "/login", {}, { json = { email = "new@example.com", password = "long enough" } })
    try(200, "GET", "/me", {}, { token = ada })
    try(401, "GET", "/me", {}, {})
    try(422, "GET", "/me", {}, { token = ada, query = "?x=1" })
    try(400, "GET", "/me", {}, { token = ada, query = "?x=%" })
    try(401, "POST", "/me/password", {},
      { token = made.token, json = { current_password = "wrong", new_password = "longer than before" } })
    try(204, "POST", "/me/password", {},
      { token = made.token, json = { current_password = "long enough", new_password = "longer than before" } })
    try(204, "POST", "/logout", {}, { token = made.token })
    try(401, "POST", "/logout", {}, { token = made.token })
    try(200, "GET", "/users", {}, { token = root })
    try(403, "GET", "/users", {}, { token = ada })
    try(422, "GET", "/users", {}, { token = root, query = "?after=x" })
    try(200, "PUT", "/users/{user_id}/role", { user_id = made.id }, { token = root, json = { role = "admin" } })
    try(422, "PUT", "/users/{user_id}/role", { user_id = made.id }, { token = root, json = { role = "queen" } })
    try(404, "PUT", "/users/{user_id}/role", { user_id = ada_note }, { token = root, json = { role = "user" } })
    try(422, "PATCH", "/users/{user_id}", { user_id = ada_id }, { token = ada, json = { name = "Ada" } })
    try(403, "PATCH", "/users/{user_id}", { user_id = root_id }, { token = root, json = { name = "Root", email = "root@example.com" } })
    try(403, "DELETE", "/users/{user_id}", { user_id = made.id }, { token = ada })
    try(204, "DELETE", "/users/{user_id}", { user_id = made.id }, { token = root })
    try(409, "DELETE", "/users/{user_id}", { user_id = bob_id }, { token = root })
  end)

  it("tells of notes", function()
    local note = try(201, "POST", "/notes", {}, { token = ada, json = { title = "T", body = "" } })
    try(422, "POST", "/notes", {}, { token = ada, json = { title = 1, body = "" } })
    try(422, "POST", "/notes", {}, { token = ada, json = { title = ("x"):rep(201), body = "" } })
    try(200, "GET", "/notes", {}, { token = ada, query = "?sort=title&page=1" })
    try(422, "GET", "/notes", {}, { token = ada, query = "?page=0" })
    try(200, "GET", "/notes/{note_id}", { note_id = note.id }, { token = ada })
    try(404, "GET", "/notes/{note_id}", { note_id = bob_note }, { token = ada })
    try(422, "GET", "/notes/{note_id}", { note_id = "x" }, { token = ada })
    try(200, "PATCH", "/notes/{note_id}", { note_id = note.id }, { token = ada, json = { title = "U" } })
    try(422, "PATCH", "/notes/{note_id}", { note_id = note.id }, { token = ada, json = {} })
    try(422, "PATCH", "/notes/{note_id}", { note_id = note.id }, { token = ada, json = { title = "U", x = 1 } })
    try(204, "DELETE", "/notes/{note_id}", { note_id = note.id }, { token = ada })
    try(404, "DELETE", "/notes/{note_id}", { note_id = note.id }, { token = ada })
  end)

  it("tells of accounts and transfers", function()
    local function pay(amount) return { from_account = ada_money, to_account = bob_money, amount = amount } end
    try(200, "GET", "/accounts", {}, { token = ada })
    try(201, "POST", "/accounts", {}, { token = ada, json = { name = "New" } })
    assert.equal("name_taken", code(try(409, "POST", "/accounts", {}, { token = ada, json = { name = "New" } })))
    try(201, "POST", "/transfers", {}, { token = ada, json = pay(100) })
    try(409, "POST", "/transfers", {}, { token = ada, json = pay(10000000) })
    try(422, "POST", "/transfers", {}, { token = ada, json = pay(0) })
    try(422, "POST", "/transfers", {}, { token = ada, json = pay(0.5) })
    local nowhere = { from_account = ada_money, to_account = ada_note, amount = 1 }
    assert.equal("no_such_account", code(try(422, "POST", "/transfers", {}, { token = ada, json = nowhere })))
    try(200, "GET", "/transfers", {}, { token = ada })
  end)

  it("tells of rate limits", function()
    local change = { token = ada, json = { email = "ada@example.com", name = "Ada" } }
    try(404, "PATCH", "/users/{user_id}", { user_id = bob_id }, change)
    try(200, "PATCH", "/users/{user_id}", { user_id = ada_id }, change)
    for _ = 1, 20 do -- five or so: time gives one back in 12 s
      if server:request("PATCH", "/users/" .. ada_id, change).status ~= 200 then break end
    end
    try(429, "PATCH", "/users/{user_id}", { user_id = ada_id }, change)
    local limits = document.paths["/users/{user_id}"].patch["x-rate-limit"]
    assert.same({ limit = 5, per = "1m", by = { "principal" } }, limits[#limits])
  end)

  it("admits what came, and what was taken", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    for _, question in ipairs(questions) do file:write(question.line, "\n") end
    file:close()
    local out, exit = servers.capture(("%s validate --stdin <%s"):format(servers.quote(servers.writ), path))
    os.remove(path)
    assert.equal(0, exit)
    local count = 0
    for line in out:gmatch "[^\n]+" do
      count = count + 1
      assert.equal(questions[count].expected, json.decode(line).valid, questions[count].what .. line)
    end
    assert.equal(#questions, count)
    assert.is_true(count > 60)
  end)

  it("was tried in full: each operation succeeded", function()
    for path, item in pairs(document.paths) do
      for method, operation in pairs(item) do
        local statuses = seen[operation.operationId]
        assert.is_table(statuses, method .. " " .. path)
        local succeeded = false
        for status in pairs(statuses) do succeeded = succeeded or status < 300 end
        assert.is_true(succeeded, method .. " " .. path)
      end
    end
  end)
end)
