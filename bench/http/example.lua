-- The example app as it is served for sieges and soaks: a copy in a folder of its own, so that it can be changed and
-- keeps its own database.
local servers = require "servers"
local json = require "cjson"

local M = {}

local function change(path, pattern, replacement)
  local file = assert(io.open(path))
  local text, count = file:read("a"):gsub(pattern, replacement)
  file:close()
  assert(count > 0, path .. " has nothing to change")
  file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- Copies it. With files (below it), the rates that these limit are limited no more; with "all" that goes for all, and
-- the policy has no limit for addresses: a rate is 10,000 a second at most, and some clients do more.
function M.copy(folder, files)
  servers.capture(("mkdir -p %s && cp -r app contracts writ.json tests/fixtures.sql %s"):format(folder, folder))
  if files == "all" then
    change(folder .. "/contracts/policy.json", ',%s*"rate_limit": %[.-%]', "")
    local limited = "grep -rl '\"limit\":' contracts --include=*.json --exclude=*.schema.json"
    files = servers.capture(("cd %s && %s"):format(folder, limited))
  end
  for path in files:gmatch "[^\n]+" do change(folder .. "/" .. path, '"limit": %d+', '"limit": 1000000') end
end

-- Serves the copy. Options: build, core, workers (nil: as many as there are cores for it).
function M.start(folder, options)
  local command = ("env WRIT_AUDIT_KEY=%s %s/writ serve --no-access-log --listen 127.0.0.1:0 --data %s/data"):format(
    ("5a"):rep(32), options.build, folder)
  return servers.start("writ", ("%s --seed %s/fixtures.sql %s %s"):format(command, folder,
    options.workers and "--workers " .. options.workers or "", folder), options.core, folder)
end

M.ada = { id = "01890000-0000-7000-8000-00000000000a", note = "01890000-0000-7000-8000-0000000000a1",
  email = "ada@example.com", password = "ada-loves-engines" }
M.bob = { id = "01890000-0000-7000-8000-00000000000b", note = "01890000-0000-7000-8000-0000000000b1",
  email = "bob@example.com", password = "bob-builds-bridges" }

-- A token of theirs (user nil: Ada's; scheme nil: http).
function M.log_in(port, user, scheme)
  user = user or M.ada
  local body = json.encode { email = user.email, password = user.password }
  local reply = servers.capture(("curl -sk %s://127.0.0.1:%d/login -H 'Content-Type: application/json' -d '%s'"):format(
    scheme or "http", port, body))
  return json.decode(reply).token or error(reply)
end

-- It is to speak TLS, with a certificate of its own making.
function M.use_tls(folder)
  servers.capture(("openssl req -x509 -newkey ed25519 -nodes -subj /CN=localhost -days 2 " ..
    "-keyout %s/key.pem -out %s/cert.pem 2>/dev/null"):format(folder, folder))
  change(folder .. "/writ.json", "^%s*{", '{ "tls": { "certificate": "cert.pem", "key": "key.pem" },')
end

return M
