-- writ try: one call on a database made for it, shown on a page and as JSON.
local folder = require "support.folder"
local servers = require "support.server"
local fits = require("support.documents").fits
local json = require "cjson"

local quote = servers.quote
local ada = "01890000-0000-7000-8000-00000000000a"
local profile = json.encode { user_id = ada, email = " Ada@Example.com ", name = "Ada King" }

local function file_with(text)
  local path = os.tmpname()
  servers.write_file(path, text)
  return path
end

local function try(arguments) return servers.run("try " .. arguments) end

-- The document, held to its schema.
local function tried(arguments, expected_code)
  local out, err, code = try("--json " .. arguments)
  assert.equal(expected_code or 0, code, err .. out)
  assert.equal("", err)
  return fits("try", out)
end

describe("writ try", function()
  it("shows a call, what was bound, and what it did", function()
    local call = tried("users.update_profile --as ada --input " .. quote(profile))
    assert.equal("PATCH", call.request.method)
    assert.equal("/users/" .. ada, call.request.path)
    assert.same({ email = " Ada@Example.com ", name = "Ada King" }, call.request.body)
    assert.equal(200, call.reply.status)
    assert.equal("ada@example.com", call.reply.body.email)
    assert.same({ id = ada, roles = { "user" } }, call.principal)
    assert.equal(1, #call.queries)
    assert.equal("handler", call.queries[1].by)
    assert.is_true(call.queries[1].writes)
    assert.same({ name = "email", value = "ada@example.com", from = "input.email" }, call.queries[1].parameters[1])
    assert.equal("Ada King", call.queries[1].result.name)
    assert.equal(1, #call.changes)
    assert.equal("users", call.changes[1].table)
    assert.same({ "Ada Lovelace", "Ada King" }, { call.changes[1].before.name, call.changes[1].after.name })
    assert.equal("(secret)", call.changes[1].after.password_hash)
    assert.equal(10000, call.handler.cpu_limit_us)
    assert.is_true(call.handler.memory_bytes > 0 and call.handler.memory_bytes <= call.handler.memory_limit_bytes)
    assert.equal("ok", call.audit.outcome)
    assert.equal("profile_update", call.audit.action)
    assert.equal(call.reply.request_id, call.audit.request_id)
    assert.equal(json.null, call.failure)
  end)

  it("shows it on a page", function()
    local out, err, code = try("users.update_profile --as ada --input " .. quote(profile))
    assert.equal(0, code, err)
    for _, line in ipairs {
      "PATCH /users/" .. ada .. '  as ada ["user"]', "200 application/json", '    "name": "Ada King",',
      "  users.update_profile", '    :email    "ada@example.com"                       input.email', '    name  "Ada Lovelace" -> "Ada King"',
      'audit  ok  profile_update  {"user_id":"' .. ada .. '"}',
    } do
      assert.truthy(("\n" .. out):find("\n" .. line .. "\n", 1, true), line .. "\n\nis not in\n\n" .. out)
    end
  end)

  -- Ids and times are others each time.
  local function settled(text)
    return (text:gsub('"request_id": "[^"]*"', '"request_id": "…"'):gsub("took [%d.]+ ms", "took … ms"))
  end

  it("prints what docs/try.md shows", function()
    local file = assert(io.open "docs/try.md")
    local count = 0
    for block in file:read("a"):gmatch "```console\n(.-)```" do
      local command, expected = block:gsub("\\\n%s*", ""):match "^%$ writ try ([^\n]*)\n(.*)$"
      assert.equal(settled(expected), settled((try(command))))
      count = count + 1
    end
    file:close()
    assert.equal(2, count)
  end)

  it("says who could call", function()
    local out = try "users.me"
    assert.truthy(out:find("  to mend it: say who calls with --as, such as ada, bob, root\n", 1, true), out)
  end)

  it("takes the contract's name, its path, its route or the handler's path", function()
    for _, name in ipairs { "users.me", "contracts/users/me.json", "GET /me", "app/handlers/users/me.lua" } do
      assert.equal("users.me", tried(quote(name) .. " --as bob").contract)
    end
  end)

  it("takes the input from a file or standard input, and from the app in a folder", function()
    local path = file_with '{"page": 1}'
    assert.equal("page=1", tried("notes.list --as ada --input " .. path).request.query)
    local out = servers.capture(("%s try --json notes.list --as ada --input - <%s"):format(quote(servers.writ), path))
    assert.equal("page=1", json.decode(out).request.query)
    os.remove(path)
    local call = tried "posts.list tests/apps/blog"
    assert.equal(json.null, call.principal)
    assert.equal(200, call.reply.status)
  end)

  it("says why a call is refused, and by whom", function()
    local note = json.encode { note_id = "01890000-0000-7000-8000-0000000000a1" }
    local call = tried("notes.delete --as bob --input " .. quote(note), 1)
    assert.equal(404, call.reply.status)
    assert.is_nil(call.reply.body.debug)
    assert.equal("note_id is not the principal's", call.failure.detail)
    assert.equal("requires.owns", call.failure.rule.keyword)
    assert.same({ "notes.owner", "host", ada }, { call.queries[1].name, call.queries[1].by, call.queries[1].result })
    assert.same({}, call.changes)
    assert.equal(json.null, call.handler)
    assert.equal("denied", call.audit.outcome)
    assert.equal("not_found", tried("notes.delete --as bob --status 404 --input " .. quote(note)).reply.code)
    local _, err, code = try "users.me --as ada --status 404"
    assert.equal("writ: the reply has status 200, not 404\n", err)
    assert.equal(1, code)
    assert.equal(401, tried("users.me", 1).reply.status)
  end)

  it("shows the handler's line, its log, and that nothing it did was kept", function()
    local path, remove = folder.make {
      ["contracts/notes/one.json"] = folder.contract(function(contract)
        contract.ensures.audit = "read"
      end),
      ["app/handlers/notes/one.lua"] = [[
return function(input, ctx)
  ctx.log("looking for", input.note_id)
  local row = ctx.db.notes.one()
  return { id = row.id, body = row.body }
end
]],
      ["fixtures.sql"] = [[
-- principal: eve e1
INSERT INTO users (id, email, password_hash) VALUES ('e1', 'eve@example.com', '-');
]],
    }
    local call = tried("notes.one --as eve --input " .. quote '{"note_id":"n1"}' .. " " .. path, 1)
    local out = try("notes.one --as eve --input " .. quote '{"note_id":"n1"}' .. " " .. path)
    remove()
    assert.equal(500, call.reply.status)
    assert.same({ file = "app/handlers/notes/one.lua", line = 4, source = "return { id = row.id, body = row.body }" },
      call.failure.at)
    assert.truthy(call.failure.help)
    assert.same({ "looking for\tn1" }, call.log)
    assert.equal("failed", call.audit.outcome)
    assert.truthy(out:find("  app/handlers/notes/one.lua:4\n    return { id = row.id", 1, true), out)
    assert.truthy(out:find("\nlog\n  looking for", 1, true), out)
  end)

  it("hides passwords and what they are held against", function()
    local input = json.encode { current_password = "ada-loves-engines", new_password = "another long one" }
    local out, _, code = try("--json users.change_password --as ada --input " .. quote(input))
    assert.equal(0, code, out)
    assert.is_nil(out:find("argon2", 1, true))
    local call = json.decode(out)
    assert.same({ current_password = "(a password)", new_password = "(a password)" }, call.request.body)
    local page = try("users.change_password --as ada --input " .. quote(input))
    for _, shown in ipairs { out, page } do
      assert.is_nil(shown:find("ada-loves-engines", 1, true))
      assert.is_nil(shown:find("another long one", 1, true))
    end
    assert.equal("(another secret)", call.changes[1].after.password_hash)
    assert.equal(json.null, call.queries[1].result)
  end)

  it("signs as a webhook, whose real secret it does not need", function()
    local event = json.encode { event = { id = "e1", type = "ping" } }
    local call = tried("webhooks.stripe --as webhook:stripe --input " .. quote(event) .. " tests/apps/payments")
    assert.same({ id = "e1", type = "ping" }, call.request.body)
    assert.equal(401, tried("webhooks.stripe --input " .. quote(event) .. " tests/apps/payments", 1).reply.status)
    local call_again = tried("invoices.create --as ada --input '{\"amount\": 5}' tests/apps/payments")
    assert.equal(201, call_again.reply.status)
  end)

  it("says what is wrong with an app, and calls the others where one handler does not load", function()
    local path, remove = folder.make { ["contracts/notes/one.json"] = "{}" }
    local out, _, code = try("--json notes.one " .. path)
    remove()
    assert.equal(1, code)
    assert.equal("contracts/notes/one.json", fits("findings", out).findings[1].file)
    local broken, remove_broken = folder.make { ["app/handlers/notes/one.lua"] = "return function(" }
    local document, err, status = try("--json notes.one --input '{\"note_id\":\"n\"}' " .. broken)
    remove_broken()
    assert.equal(1, status)
    assert.truthy(err:find("app/handlers/notes/one.lua:1", 1, true), err)
    assert.equal(503, json.decode(document).reply.status)
  end)

  it("leaves nothing behind, and opens no data", function()
    local path, remove = folder.make { ["writ.json"] = '{ "data": "data" }' }
    local left = servers.capture(([[
      echo '{"note_id":"n"}' | sh -c 'echo $$ >@/pid; exec WRIT try notes.one --input - @' >@/output
      ls /dev/shm ${TMPDIR:-/tmp} | grep writ-scratch-$(cat @/pid)-
      rm @/pid @/output; ls @]]):gsub("@", path):gsub("WRIT", servers.writ))
    remove()
    assert.equal("app\ncontracts\nwrit.json\n", left)
  end)

  it("tells what it does not understand", function()
    for arguments, expected in pairs {
      [""] = { 2, "say which handler" },
      ["a b c"] = { 2, "say which handler" },
      ["users.me --status 4040"] = { 2, "is no status" },
      ["users.me --as ada --input '[1]'"] = { 1, "must be an object of fields" },
      ["users.mee"] = { 1, "did you mean 'users.me'?" },
      ["users.me --as adda"] = { 1, "did you mean ada?" },
      ["users.me --as webhook:none"] = { 1, "knows no webhook none" },
      ["users.me --input '{\"a\": }'"] = { 1, "the input is not JSON" },
      ["users.me --input nowhere.json"] = { 1, "nowhere.json" },
      ["users.update_profile --input {}"] = { 1, "needs the field user_id" },
      ["users.me --fixtures nowhere.sql"] = { 1, "nowhere.sql" },
      ["users.me tests/unit"] = { 1, "no app" },
    } do
      local out, err, code = try(arguments)
      assert.equal(expected[1], code, arguments .. err)
      assert.equal("", out)
      assert.truthy(err:find(expected[2], 1, true), arguments .. ": " .. err)
    end
  end)
end)
