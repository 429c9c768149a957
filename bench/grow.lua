-- Grows the example into an app of so many contracts, for bench/load.c:
--
--   lua5.4 bench/grow.lua FOLDER CONTRACTS QUERIES DEFS
--
-- The contracts are the example's, again and again, each time under another name and route (c7.notes.create at
-- POST /c7/notes). They share copies of its queries (with tables of their own) and definitions.

local out, contracts, queries, defs = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
local files = io.popen "find contracts app writ.json -type f | LC_ALL=C sort"
local example = {}
for path in files:lines() do
  local file <close> = assert(io.open(path))
  example[#example + 1] = { path = path, text = file:read "a" }
end
files:close()

local folders = {}

local function write(path, text)
  path = out .. "/" .. path
  local folder = path:match "^(.*)/"
  if not folders[folder] then os.execute(("mkdir -p '%s'"):format(folder)) end
  folders[folder] = true
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

local function each(pattern, visit)
  for _, file in ipairs(example) do
    local name = file.path:match(pattern)
    if name then visit(name, file.text) end
  end
end

local function count(pattern, what)
  local found = 0
  each(pattern, function(_, text) found = found + (what and select(2, text:gsub(what, "")) or 1) end)
  return found
end

local query_file, def_file = "^contracts/queries/(.*)%.sql$", "^contracts/defs/(.*)%.json$"
local query_copies = queries // count(query_file, "%-%- name:")
local def_copies = defs // count(def_file)

-- The example's tables but for `users`, which principals are in.
local tables = { "notes", "accounts", "transfers", "entries" }

local function rename_tables(text, copy)
  for _, name in ipairs(tables) do text = text:gsub("%f[%w_]" .. name .. "%f[^%w_]", name .. "_" .. copy) end
  return text
end

local principal = "%-%- name: principal.-;\n"

for copy = 1, query_copies do
  each(query_file, function(name, text)
    write(("contracts/queries/%s_%d.sql"):format(name, copy), (rename_tables(text, copy):gsub(principal, "")))
  end)
  each("^contracts/migrations/(%d+_.*)%.sql$", function(name, text)
    if name:find "users" then return end
    text = rename_tables(text, copy):gsub("INDEX ([%w_]+)", "INDEX %1_" .. copy)
    local number, rest = name:match "^(%d+)_(.*)"
    write(("contracts/migrations/%04d_%s.sql"):format(number + 10 * copy, rest), text)
  end)
end

for copy = 1, def_copies do
  each(def_file, function(name, text) write(("contracts/defs/%s_%d.json"):format(name, copy), text) end)
end

each("^contracts/(policy%.json)$", function(name, text)
  local lines, unowned = {}, {}
  for copy = 1, query_copies do
    unowned[copy] = ('"accounts_%d.credit"'):format(copy)
    for line in text:gmatch "\n    (\"%a+\": [^\n]+})" do
      if not line:find '^"users"' then lines[#lines + 1] = rename_tables(line, copy) end
    end
  end
  text = text:gsub('"unowned": %b[]', '"unowned": [' .. table.concat(unowned, ", ") .. "]")
  local all = "%1{\n%2    " .. table.concat(lines, ",\n    ") .. "\n  }"
  text = text:gsub('("tables": ){\n( *"users"[^\n]*\n).-\n  }', all)
  write("contracts/" .. name, text)
end)

for _, pattern in ipairs { "^(contracts/templates/.*)$", "^(contracts/migrations/0001_users%.sql)$", "^(app/lib/.*)$",
  "^(writ%.json)$" } do
  each(pattern, write)
end

each("^(contracts/queries/users%.sql)$", function(name, text) write(name, text:match(principal)) end)

local made, groups = 0, {}
each(query_file, function(name) groups[name] = true end)

local function contract(name, text, copy)
  local of_query, of_def = copy % query_copies + 1, copy % def_copies + 1
  text = text:gsub('("on_unique": )("[^"]*")', function(key, columns)
    return key .. rename_tables(columns, of_query)
  end)
  text = text:gsub('"(%l+)%.([%l_]+)"', function(group, query)
    return groups[group] and ('"%s_%d.%s"'):format(group, of_query, query)
  end)
  text = text:gsub('"on_unique": "users_%d+', '"on_unique": "users')
  text = text:gsub("%.%./defs/(%l+)%.json", ("../../defs/%%1_%d.json"):format(of_def))
  text = text:gsub('("route": "%u+ )/', ("%%1/c%d/"):format(copy))
  write(("contracts/c%d/%s.json"):format(copy, name), text)
  each("^app/handlers/(" .. name .. ")%.lua$", function(_, lua)
    write(("app/handlers/c%d/%s.lua"):format(copy, name), (lua:gsub("ctx%.db%.(%l+)", "ctx.db.%1_" .. of_query)))
  end)
end

local copy = 0
while made < contracts do
  copy = copy + 1
  each("^contracts/(%l+/[%l_]+)%.json$", function(name, text)
    if name:find "^defs/" or name:find "^templates/" or made == contracts then return end
    contract(name, text, copy)
    made = made + 1
  end)
end
