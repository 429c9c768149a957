-- What a busted test of an app costs beside what it does itself (lua/writ/testing.lua): opening the app, once a
-- describe, and putting it back before each test. `./dev bench` runs it.
--
--   lua5.4 bench/testing.lua BUILD [FOLDER]
--
-- Each figure is the median of so many, of the machine's time; in parentheses the 99th percentile.
local build, folder = arg[1], arg[2] or "."
package.path = build .. "/share/writ/lua/?.lua;" .. package.path
package.cpath = build .. "/lib/writ/?.so;" .. package.cpath
local gettime = require("socket").gettime
local testing = require "writ.testing"

local function measure(name, times, run, before)
  local took = {}
  for i = 1, times do
    if before then before() end
    local began = gettime()
    run()
    took[i] = (gettime() - began) * 1000
  end
  table.sort(took)
  print(("%-60s %7.3f ms (%.3f)"):format(name, took[times // 2 + 1], took[math.max(1, times * 99 // 100)]))
end

local app
measure("testing.app: the app read, checked, compiled, migrated, seeded", 20, function() app = testing.app(folder) end,
  function() if app then app:close() end end)
local ada = app:as "ada"
local path = "/users/" .. ada.id
local function change() assert(ada:patch(path, { email = "ada@example.com", name = "Ada" }).status == 200) end
local function reset() app:reset() end
local function write() app:reset() change() end

measure("reset after a test that read", 1000, reset, function() assert(ada:get("/me").status == 200) end)
measure("reset after a test that wrote two rows", 1000, reset, change)
measure("reset after a test that wrote 10,000 rows", 20, reset, function()
  app:rows([[WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO notes (id, owner_id, title, body, created_at, updated_at)
    SELECT '01890000-0000-7000-8000-' || printf('%012d', i), :owner, 't', 'b', 0, 0 FROM n]], ada.id)
end)
measure("a whole test: reset, sign in, PATCH with its audit row", 1000, write)
