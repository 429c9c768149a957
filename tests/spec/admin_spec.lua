-- The admin listener of a real server: what it tells while the app is reloaded and workers die.
local folder = require "support.folder"
local servers = require "support.server"
local json = require "cjson"

local token = ("0123456789abcdef"):rep(2)

describe("the admin listener", function()
  local server, path, remove, admin

  local function write(name, text)
    servers.write_file(path .. "/" .. name, text)
  end

  local function writ_json(listener) write("writ.json", json.encode { admin = listener }) end

  local function start(options)
    options = options or {}
    path, remove = folder.make {
      ["writ.json"] = json.encode {
        admin = { listen = "127.0.0.1:0", token_file = "admin.token", hosts = { "writ.internal" } } },
      ["admin.token"] = token .. "\n",
      ["contracts/notes/me.json"] = folder.me "GET /me",
      ["app/handlers/notes/me.lua"] = "return function(_, ctx) return ctx.db.users.me() end\n",
      ["contracts/queries/users.sql"] = folder.base["contracts/queries/users.sql"]
        .. "-- name: me :one\nSELECT id, role FROM users WHERE id = :principal_id;\n",
    }
    options.folder = path
    server = servers.start(options)
    -- The same requests, to another port.
    admin = setmetatable({ port = tonumber(server:log():match "admin: listening on 127.0.0.1, port (%d+)") },
      { __index = server })
  end

  after_each(function()
    if server and not server.ended then assert.equal(0, server:stop()) end
    if remove then remove() end
    server, remove = nil, nil
  end)

  local function get(page, options)
    options = options or {}
    options.host = options.host or "localhost"
    return admin:request("GET", page, options)
  end

  local function ready() return get("/readyz", { token = token }).json end

  local function metric(series)
    for line in (get("/metrics", { token = token }).body .. "\n"):gmatch "([^\n]*)\n" do
      local name, value = line:match "^(.*) (%S+)$"
      if name == series then return tonumber(value) end
    end
  end

  it("answers three pages, to those who may see them", function()
    start()
    assert.equal("ok\n", get("/healthz").body)
    assert.equal(200, get("/readyz").status)
    assert.same({ ready = true }, get("/readyz").json)
    assert.equal(401, get("/metrics").status)
    assert.equal("no-store", get("/metrics").headers["cache-control"])
    assert.equal(401, get("/metrics", { token = "wrong" }).status)
    assert.equal(401, get("/metrics", { cookie = "session=" .. token }).status)
    assert.equal(200, get("/metrics", { token = token }).status)
    assert.equal(404, get("/me", { token = token }).status)
    assert.equal(405, admin:request("POST", "/healthz", { host = "localhost" }).status)
    assert.equal(200, get("/healthz", { host = "writ.internal:80" }).status)
    assert.equal(421, get("/healthz", { host = "attacker.example" }).status)
    assert.equal(403, get("/healthz", { headers = { Origin = "http://localhost" } }).status)
    assert.equal(403, get("/healthz", { headers = { ["Sec-Fetch-Site"] = "cross-site" } }).status)
    assert.equal(404, server:request("GET", "/metrics").status)
  end)

  it("counts what all workers do, and goes on when they die", function()
    start { workers = 2 }
    for _ = 1, 20 do assert.equal(401, server:request("GET", "/me").status) end
    local refused = [[writ_requests_total{contract="notes.me",outcome="denied",reason="unauthenticated"}]]
    assert.equal(20, metric(refused))
    assert.equal(20, metric [[writ_request_seconds_count{contract="notes.me"}]])
    assert.equal(2, metric [[writ_workers{state="alive"}]])
    for _, pid in ipairs(server:workers()) do os.execute("kill -9 " .. pid) end
    server:await("the workers are replaced", function()
      local answered, restarts, status = pcall(function() return metric "writ_worker_restarts_total", ready() end)
      return answered and restarts == 2 and status.workers.alive == 2
    end)
    assert.equal(20, metric(refused))
    assert.equal(2, metric [[writ_worker_starts_total{worker="0"}]])
    assert.equal(0, metric "writ_calls_open")
  end)

  it("tells of reloads, and of handlers that do not load", function()
    start()
    local first = ready()
    assert.same({ true, 1, 0 }, { first.reload.ok, first.generation, first.handlers.stale.count })

    write("contracts/notes/me.json", "{ \"route\": ")
    server:await("a reload fails", function() return not ready().reload.ok end)
    local status = ready()
    assert.matches("contracts/notes/me.json:1:%d+", status.reload.error)
    assert.same({ true, 1 }, { status.ready, status.generation })
    assert.equal(1, metric "writ_reload_failed")
    assert.is_true(metric [[writ_reloads_total{outcome="failed"}]] >= 1)

    write("contracts/notes/me.json", folder.me "GET /me")
    write("app/handlers/notes/me.lua", "return function(")
    server:await("a handler is stale", function() return ready().handlers.stale.count == 1 end)
    status = ready()
    assert.is_true(status.reload.ok)
    assert.same({ "notes.me" }, status.handlers.stale.names)
    assert.equal(1, metric [[writ_handler_state{contract="notes.me",state="stale"}]])

    os.remove(path .. "/app/handlers/notes/me.lua")
    server:await("a handler is gone", function() return ready().handlers.unavailable.count == 1 end)
    assert.equal(0, metric [[writ_handlers{state="stale"}]])
    assert.equal(0, metric "writ_reload_failed")
  end)

  it("takes another token with a reload, and shuts when there is to be no listener", function()
    start()
    local other = ("f"):rep(32)
    write("admin.token", other)
    server:await("the token counts", function() return get("/metrics", { token = other }).status == 200 end)
    assert.equal(401, get("/metrics", { token = token }).status)
    writ_json { hosts = { "another.internal" } }
    server:await("the names count", function() return get("/healthz", { host = "another.internal" }).status == 200 end)
    assert.equal(200, get("/metrics").status)
    write("writ.json", "{}")
    server:await("it shuts", function() return get("/metrics").status == 401 end)
    assert.equal(401, get("/metrics", { token = other }).status)
    assert.same({ ready = true }, get("/readyz").json)
  end)
end)
