-- An app of tests/apps, served over its fixtures.
--
--   local app = require("support.app").start "blog"
--   local post = app:ok(201, "POST", "/posts", "ada", { title = "…", body = "…" })
--   app:refused(404, "not_found", "DELETE", "/posts/" .. post.id, "bob")
--   app:stop()
--
-- Users are named by the part of their address before the @; nil sends no token. A body is a table, or JSON as text.
local assert = require "luassert"
local servers = require "support.server"

local App = {}
App.__index = App

local M = { null = servers.null }

-- The ids of the fixtures: id "a1" is ...-0000000000a1.
function M.id(short) return "00000000-0000-7000-8000-" .. ("0"):rep(12 - #short) .. short end

function M.start(name, options)
  options = options or {}
  local folder = "tests/apps/" .. name
  options.folder, options.dev, options.seed = folder, false, folder .. "/fixtures.sql"
  return setmetatable({ server = servers.start(options), tokens = {} }, App)
end

function App:stop() assert.equal(0, self.server:stop()) end

function App:token(user)
  self.tokens[user] = self.tokens[user] or self.server:login(user .. "@example.com", user .. "-password")
  return self.tokens[user]
end

function App:call(method, path, user, body, headers)
  return self.server:request(method, path, {
    token = user and self:token(user),
    headers = headers,
    json = type(body) == "table" and body or nil,
    body = type(body) == "string" and body or nil,
  })
end

-- The reply has this status; gives its body.
function App:ok(status, ...)
  local reply = self:call(...)
  assert.equal(status, reply.status, reply.body)
  return reply.json
end

-- The reply is a problem with this status and code, nothing has changed, and the audit log says why.
function App:refused(status, code, method, path, user, ...)
  if user then self:token(user) end
  local before = self.server:snapshot()
  local reply = self:call(method, path, user, ...)
  assert.equal(status, reply.status, reply.body)
  assert.equal(code, reply.json.code)
  assert.equal(before, self.server:snapshot())
  local row = self.server:audit()
  assert.same({ code, reply.json.request_id }, { row.reason, row.request_id })
  return reply.json
end

-- The input is refused because of this field.
function App:invalid(field, ...)
  local problem = self:refused(422, "invalid_input", ...)
  local pointers = {}
  for _, err in ipairs(problem.errors) do pointers[#pointers + 1] = err.pointer end
  assert.equal("/" .. field, table.concat(pointers, " "))
end

function App:value(sql) return self.server:value(sql) end

return M
