-- What browsers are told and what they are not trusted with: CORS, cookies of other sites' pages, OPTIONS.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local page, stranger = "https://app.example.com", "https://attacker.example"

local function writ_json(credentials)
  return json.encode { cors = { origins = { page }, credentials = credentials }, hsts = { max_age = "1d" } }
end

local function files(credentials)
  return {
    ["writ.json"] = writ_json(credentials),
    ["contracts/queries/users.sql"] = folder.base["contracts/queries/users.sql"] .. [[
-- name: me :one
SELECT id, role FROM users WHERE id = :principal_id;
]],
    ["contracts/queries/notes.sql"] = folder.base["contracts/queries/notes.sql"] .. [[
-- name: create :exec
INSERT INTO notes (id, owner_id, body) VALUES (:new_id, :principal_id, 'a note');
]],
    ["contracts/notes/list.json"] = folder.me "GET /notes",
    ["app/handlers/notes/list.lua"] = "return function(_, ctx) return ctx.db.users.me() end\n",
    ["contracts/notes/create.json"] = folder.me("POST /notes", function(c)
      c.uses.queries = { "notes.create" }
      c.ensures = { returns = { ["204"] = json.null }, audit = "note" }
    end),
    ["app/handlers/notes/create.lua"] = "return function(_, ctx) ctx.db.notes.create() end\n",
  }
end

describe("a browser", function()
  local server, remove, token

  local function start(credentials)
    local path
    path, remove = folder.make(files(credentials))
    server = servers.start { folder = path }
    server:execute "INSERT INTO users (id, email, role, password_hash) VALUES ('ada', 'a', 'user', 'x')"
    token = servers.capture(("WRIT_AUDIT_KEY=%s %s token create --principal ada --label test --roles user --expires 1d --data %s %s")
      :format(("5a"):rep(32), servers.writ, server.data, path)):match "([%w_-]+)%s*$"
  end

  after_each(function()
    if server then assert.equal(0, server:stop()) end
    if remove then remove() end
    server, remove = nil, nil
  end)

  local function create(headers, bearer)
    return server:request("POST", "/notes",
      { headers = headers, token = bearer, cookie = not bearer and "session=" .. token or nil })
  end

  local function notes() return server:value "SELECT count(*) FROM notes" end

  it("that shows another site's page changes nothing by its cookie", function()
    start(true)
    for _, headers in ipairs {
      { ["Sec-Fetch-Site"] = "cross-site" },
      { ["Sec-Fetch-Site"] = "same-site", Origin = "https://sub.test" },
      { ["Sec-Fetch-Site"] = "cross-site", Origin = stranger },
      { Origin = stranger },
      { Origin = "null" },
      { Origin = "https://test:8443" },
    } do
      local reply = create(headers)
      assert.same({ 403, "cross_site" }, { reply.status, reply.json.code })
      local row = server:audit()
      assert.same({ "denied", "cross_site", "ada", "note" }, { row.outcome, row.reason, row.principal_id, row.action })
      if headers.Origin then assert.truthy(row.detail:find(headers.Origin, 1, true)) end
    end
    assert.equal(0, notes())
  end)

  it("is believed where its own site's page, or one that is listed, asks for it", function()
    start(true)
    for count, headers in ipairs {
      {},
      { ["Sec-Fetch-Site"] = "same-origin", Origin = "http://test" },
      { ["Sec-Fetch-Site"] = "none" },
      { Origin = "http://test" },
      { ["Sec-Fetch-Site"] = "cross-site", Origin = page },
    } do
      assert.equal(204, create(headers).status)
      assert.equal(count, notes())
    end
  end)

  it("may look from anywhere, and do what a bearer token allows", function()
    start(false)
    local from = { ["Sec-Fetch-Site"] = "cross-site", Origin = stranger }
    assert.equal(200, server:request("GET", "/notes", { headers = from, cookie = "session=" .. token }).status)
    assert.equal(204, create(from, token).status)
    local other = (token:sub(1, 1) == "A" and "B" or "A") .. token:sub(2)
    assert.equal(401, create(from, other).status)
  end)

  it("has no cookies of pages that are listed without credentials", function()
    start(false)
    assert.equal(403, create({ ["Sec-Fetch-Site"] = "cross-site", Origin = page }).status)
    assert.is_nil(create({ Origin = page }, token).headers["access-control-allow-credentials"])
  end)

  it("is told which methods the contracts have", function()
    start(true)
    local preflight = server:request("OPTIONS", "/notes", { headers = {
      Origin = page, ["Access-Control-Request-Method"] = "POST", ["Access-Control-Request-Headers"] = "content-type" } })
    assert.equal(204, preflight.status)
    local headers = preflight.headers
    assert.same({ page, "true", "GET, HEAD, POST, OPTIONS", "Authorization, Content-Type, Idempotency-Key", "600" },
      { headers["access-control-allow-origin"], headers["access-control-allow-credentials"],
        headers["access-control-allow-methods"], headers["access-control-allow-headers"], headers["access-control-max-age"] })
    assert.equal("GET, HEAD, POST, OPTIONS", headers.allow)
    local refused = server:request("OPTIONS", "/notes", { headers = {
      Origin = stranger, ["Access-Control-Request-Method"] = "POST" } })
    assert.equal(204, refused.status)
    for name in pairs(refused.headers) do assert.is_nil(name:match "^access%-control") end
    assert.equal(404, server:request("OPTIONS", "/nothing", { headers = { Origin = page } }).status)
    assert.equal(204, server:request("OPTIONS", "*").status)
  end)

  it("may show replies, refusals as well, to pages that are listed", function()
    start(true)
    for _, reply in ipairs {
      server:request("GET", "/notes", { headers = { Origin = page }, token = token }),
      server:request("GET", "/notes", { headers = { Origin = page } }),
      server:request("GET", "/nothing", { headers = { Origin = page } }),
      server:request("POST", "/notes", { headers = { Origin = page }, body = ("x"):rep(100000) }),
    } do
      assert.same({ page, "Retry-After, X-Request-Id", "Origin" }, { reply.headers["access-control-allow-origin"],
        reply.headers["access-control-expose-headers"], reply.headers.vary })
    end
    local reply = server:request("GET", "/notes", { headers = { Origin = stranger }, token = token })
    assert.same({ 200, nil, "Origin" }, { reply.status, reply.headers["access-control-allow-origin"], reply.headers.vary })
  end)
end)
