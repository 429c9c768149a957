-- Whoever sends requests to an app, and what they get: writ.testing's `app:as "ada"`, and the app itself, which is
-- nobody.
local mistakes = require "writ.mistakes"
local native = require "writ.native"

local blame, check_options, check_string = mistakes.blame, mistakes.check_options, mistakes.check_string

-- --- Replies. ---

local Reply = {}
Reply.__index = Reply

local Headers = {}
function Headers.__index(headers, name) return rawget(headers, type(name) == "string" and name:lower() or name) end

-- As a failed assertion shows it.
function Reply:__tostring()
  local body = self.body
  if #body > 2000 then body = body:sub(1, 2000) .. "…" end
  local log = #self.log > 0 and "\nlogged:\n  " .. table.concat(self.log, "\n  ") or ""
  return ("%s: %d%s%s%s"):format(self.request, self.status, body ~= "" and "\n" or "", body, log)
end

-- --- Callers: somebody who sends requests. ---

local Caller = {}
Caller.__index = Caller

local function percent(text)
  return (tostring(text):gsub("[^%w%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- A list is its values one by one, each under the name.
local function query_string(query)
  if type(query) ~= "table" then blame("query is a table, not a %s", type(query)) end
  local pairs_of = {}
  for _, name in ipairs(mistakes.sorted_keys(query)) do
    local values = query[name]
    if type(values) ~= "table" then values = { values } end
    for _, value in ipairs(values) do pairs_of[#pairs_of + 1] = percent(name) .. "=" .. percent(value) end
  end
  return table.concat(pairs_of, "&")
end

local function target(path, query)
  check_string(path, "a path")
  if query == nil then return path end
  return path .. (path:find("?", 1, true) and "&" or "?") .. query_string(query)
end

local function body_text(body)
  if body == nil or type(body) == "string" then return body end
  local text, why = native.encode(body)
  if not text then blame("the body cannot be JSON: %s", why) end
  return text
end

local function headers_of(caller, given, body)
  if given ~= nil and type(given) ~= "table" then blame("headers is a table, not a %s", type(given)) end
  local headers = {}
  for name, value in pairs(given or {}) do headers[type(name) == "string" and name:lower() or name] = value end
  if body then headers["content-type"] = headers["content-type"] or "application/json" end
  local token = caller.token and caller:token()
  if token and not headers.authorization then headers.authorization = "Bearer " .. token end
  return headers
end

local function send(caller, method, path, body, options)
  if type(caller) ~= "table" or not caller.handle then
    blame("write a colon: app:%s(…)", method:lower())
  end
  local text = body_text(body)
  path = target(path, options.query)
  local handle = caller:handle()
  local reply, why = handle:call(method, path, headers_of(caller, options.headers, text), text, options.address,
    options.secure, caller.signs_as)
  if not reply then blame("this request cannot be sent: %s", why) end
  reply.request = method .. " " .. path .. (caller.who and " as " .. caller.who or "")
  setmetatable(reply.headers, Headers)
  return setmetatable(reply, Reply)
end

local common_options = "headers query address secure"

-- caller:request(METHOD, PATH, { body =, headers =, query =, address =, secure = })
local function request(caller, method, path, options)
  check_string(method, "a method")
  options = check_options(options, "body " .. common_options, "what is said of a request")
  return send(caller, method, path, options.body, options)
end

local verbs = { request = request }
for _, method in ipairs { "GET", "HEAD", "DELETE", "OPTIONS" } do
  verbs[method:lower()] = function(caller, path, options)
    return send(caller, method, path, nil, check_options(options, common_options, "what is said of a " .. method))
  end
end
for _, method in ipairs { "POST", "PUT", "PATCH" } do
  verbs[method:lower()] = function(caller, path, body, options)
    return send(caller, method, path, body, check_options(options, common_options, "what is said of a " .. method))
  end
end
for name, verb in pairs(verbs) do Caller[name] = verb end

function Caller:handle() return self.app:handle() end

-- A session of its own, begun anew in each test that needs it; or the token that was given; or none.
function Caller:token()
  if not self.id then return self.bearer end
  if self.epoch ~= self.app.epoch then
    local token, why = self.app:handle():sign_in(self.id)
    if not token then blame("%s cannot be signed in: %s", self.who, why) end
    self.session, self.epoch = token, self.app.epoch
  end
  return self.session
end

return { Reply = Reply, Caller = Caller, verbs = verbs }
