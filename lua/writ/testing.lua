-- An app in process, for its busted specs: real contracts, real handlers behind the wall, a database that each test
-- finds as the fixtures made it. docs/testing.md has the whole of it.
--
--   local testing = require "writ.testing"
--
--   describe("profiles", function()
--     local app = testing.app "."
--     local ada = app:as "ada"
--
--     it("are changed by those whose they are", function()
--       local reply = ada:patch("/users/" .. ada.id, { email = "ada@example.com", name = "Ada King" })
--       assert.status(200, reply)
--       assert.audited("profile_update", app)
--     end)
--   end)
--
-- A mistake of the test's author is an error at the line of the test.

if _VERSION ~= "Lua 5.4" then
  error("writ.testing is for Lua 5.4, and this is " .. _VERSION .. ": run the specs with `writ test`", 0)
end

local callers = require "writ.callers"
local mistakes = require "writ.mistakes"
local native = require "writ.native"

local blame, check_options, check_string = mistakes.blame, mistakes.check_options, mistakes.check_string
local Caller = callers.Caller

local testing = { null = native.null } -- null: JSON's

-- --- Apps. ---

local App = {}
App.__index = App
for name, verb in pairs(callers.verbs) do App[name] = verb end

-- What native.open gave. Whoever takes it may change the database.
function App:handle()
  if self.closed then blame "this app is closed" end
  self.used = true
  return self.native
end

-- Somebody of the fixtures: `-- principal: ada ID [PASSWORD]`. The caller has name, id, and password if it is said.
function App:as(name)
  check_string(name, "a person")
  local names = {}
  for _, person in ipairs(self:handle():people()) do
    if person.name == name then
      return setmetatable({ app = self, who = name, name = name, id = person.id,
        password = person.password ~= "" and person.password or nil }, Caller)
    end
    names[#names + 1] = person.name
  end
  if #names == 0 then
    blame("the fixtures say who nobody is: write `-- principal: %s ID [PASSWORD]` into %s/tests/fixtures.sql", name,
      self.folder)
  end
  blame("nobody is called %s in the fixtures; there are: %s", name, table.concat(names, ", "))
end

-- Somebody by the id of a principal, whom a test may have made itself.
function App:as_id(id)
  if math.type(id) == "integer" then id = tostring(id) end
  check_string(id, "an id")
  return setmetatable({ app = self, who = id, id = id }, Caller)
end

-- A sender of webhooks that writ.json names: signs what it sends.
function App:webhook(name)
  check_string(name, "a webhook")
  return setmetatable({ app = self, who = "webhook " .. name, signs_as = name }, Caller)
end

-- Whoever has this token.
function App:bearer(token)
  check_string(token, "a token")
  return setmetatable({ app = self, who = "the bearer of a token", bearer = token }, Caller)
end

-- As the fixtures made it; done before each test where testing.app is called in a describe.
function App:reset()
  if not self.used and not self.closed then return end
  local ok, why = self:handle():reset()
  if not ok then blame("the app in %s cannot be put back: %s", self.folder, why) end
  self.epoch, self.used = self.epoch + 1, false
end

function App:close()
  self.closed = true
  self.native:close()
end
App.__close = App.close

-- Rows of one SQL statement, which may write, as a list of tables. Values are bound in order, given one by one or as
-- one list.
function App:rows(sql, ...)
  check_string(sql, "a statement")
  local values = { ... }
  if select("#", ...) == 1 and type(values[1]) == "table" then values = values[1] end
  local rows, why = self:handle():rows(sql, #values > 0 and values or nil)
  if not rows then blame("%s", why) end
  return rows
end

-- The one column of the first row; nil if there is none.
function App:value(sql, ...)
  local row = self:rows(sql, ...)[1]
  if not row then return nil end
  local name, value = next(row)
  if next(row, name) ~= nil then blame "a value is one column, and this statement has several" end
  return value
end

local audit_columns = "id, time_ms, action, outcome, reason, detail, principal_id, handler, resource, input, address, "
  .. "request_id, count"

-- The audit log since the test began, oldest first; `input` is what was recorded of it, a table.
function App:audit()
  local rows = self:rows("SELECT " .. audit_columns .. " FROM writ_audit WHERE id > ? ORDER BY id", self.audited_before)
  for _, row in ipairs(rows) do row.input = native.decode(row.input) or {} end
  return rows
end

-- --- Time, which stands still. ---

-- UNIX milliseconds.
function App:now() return self:handle():now() end

-- "2026-01-31", "2026-01-31T12:00:00Z" or UNIX milliseconds.
function App:set_time(time)
  local ms = math.type(time) == "integer" and time or type(time) == "string" and native.time(time)
  if not ms then blame("%s is no time: write 2026-01-31T12:00:00Z, or UNIX milliseconds", tostring(time)) end
  self:handle():set_now(ms)
end

-- "10ms", "30s", "5m", "12h", "30d".
function App:advance(duration)
  local ms = type(duration) == "string" and native.duration(duration)
  if not ms then blame("%s is no duration: write 30s, 5m, 12h or 30d", tostring(duration)) end
  local handle = self:handle()
  handle:set_now(handle:now() + ms)
end

-- --- Opening. ---

-- Where busted is at work: called within a describe or a file, these are of that block.
local function register(app)
  local busted = package.loaded.busted
  if not busted or not busted.before_each then return end
  busted.before_each(function() app:reset() end)
  busted.teardown(function() app:close() end)
end

-- The app in a folder, from the current one (default: "."). Options: `fixtures`, the path of a SQL file (default:
-- tests/fixtures.sql of the app); `dev = false`: replies tell no more than they do where the app is served.
function testing.app(folder, options)
  if folder == nil then folder = "." end
  check_string(folder, "an app's folder")
  options = check_options(options, "fixtures dev", "what is said of an app")
  collectgarbage() -- closes those that nobody has any more
  local opened, why = native.open(folder, options.fixtures, options.dev ~= false)
  if not opened then blame("the app in %s does not load:\n%s", folder, why) end
  local app = setmetatable({ native = opened, folder = folder, epoch = 0, used = false }, App)
  app.audited_before = app:value "SELECT coalesce(max(id), 0) FROM writ_audit"
  app.used = false
  register(app)
  return app
end

-- JSON of a value, its members sorted.
function testing.encode(value)
  local text, why = native.encode(value)
  if not text then blame("this cannot be JSON: %s", why) end
  return text
end

-- A list that is an array also when it is empty.
function testing.array(list) return setmetatable(list or {}, native.array) end

if package.loaded.busted then require "writ.assertions"(testing, App) end

return testing
