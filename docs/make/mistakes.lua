-- docs/mistakes.md: ten mistakes that are typical of code an AI has written (tests/mistakes/), and what `writ check`
-- and `writ test` say of each.
--
--   WRIT=build/writ lua5.4 docs/make/mistakes.lua >docs/mistakes.md
local json = require "cjson"

local writ = os.getenv "WRIT" or "build/writ"

local function capture(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end

local function read(path)
  local file = assert(io.open(path), path)
  local text = file:read "a"
  file:close()
  return text
end

-- The app of a mistake: what all have in common, and what is its own.
local function unfold(case)
  local folder = capture("mktemp -d"):gsub("%s+$", "")
  assert(os.execute(("cp -r tests/mistakes/base/. tests/mistakes/%s/. %s"):format(case, folder)))
  return folder
end

local function run(command, folder)
  return json.decode(capture(("'%s' %s --json %s 2>/dev/null"):format(writ, command, folder)))
end

local function files_of(case)
  local files = {}
  local found = capture(("cd tests/mistakes/%s && find app contracts -type f | LC_ALL=C sort"):format(case))
  for path in found:gmatch "%S+" do files[#files + 1] = path end
  return files
end

local function cell(text) return (text:gsub("|", "\\|"):gsub("\n", " ")) end

local function place(finding)
  if finding.file == json.null then return "" end
  local line = finding.line ~= json.null and finding.line > 0 and ":" .. math.tointeger(finding.line) or ""
  return ("`%s%s`"):format(finding.file, line)
end

-- What is found, where, and with what help.
local function said(finding, message)
  return { found = ("%s %s: %s"):format(finding.code, place(finding), message),
    help = finding.help ~= json.null and finding.help or "" }
end

local function checked(folder, result)
  local all = run("check --no-luacheck", folder) -- whose words change with its version
  for _, finding in ipairs(all.findings) do result[#result + 1] = said(finding, finding.message) end
  return all.errors > 0 and not all.findings[1].file:match "^app/"
end

-- One of a kind: the same code with the same help.
local function tested(folder, result)
  local seen = {}
  for _, contract in ipairs(run("test --only attacks --seed 1", folder).attacks.contracts) do
    for _, failure in ipairs(contract.failures) do
      local line = said(failure, ("%s, %s: %s"):format(contract.route, failure.tried, failure.got))
      if not seen[failure.code .. line.help] then result[#result + 1] = line end
      seen[failure.code .. line.help] = true
    end
  end
end

-- { what, check = { … }, test = { … } }
local function examine(case)
  local folder = unfold(case)
  local what = read(("tests/mistakes/%s/what.txt"):format(case)):gsub("%s+$", "")
  local result = { what = what, check = {}, test = {} }
  if checked(folder, result.check) then
    result.test[1] = { found = "it is not served: contracts with errors do not load", help = "" }
  else
    tested(folder, result.test)
  end
  os.execute("rm -rf " .. folder)
  return result
end

local cases = {}
for case in capture("LC_ALL=C ls tests/mistakes"):gmatch "%d%d_%S+" do cases[#cases + 1] = case end

print [[
# Ten mistakes

What an assistant gets wrong, given to `writ check`, which reads, and to `writ test --only attacks`, which tries.
`./dev docs` makes this page of the apps in [tests/mistakes](../tests/mistakes), which have no test of their own. What
these miss the host does not when it serves: a call that breaks its contract is a 500 that leaves nothing behind.
]]
print "| the mistake | command | what it finds, and where | its help |\n|---|---|---|---|"
for i, case in ipairs(cases) do
  local result = examine(case)
  local title = ("[%d](#%s) %s"):format(i, case:gsub("_", "-"), result.what)
  for _, command in ipairs { "check", "test" } do
    local lines = #result[command] > 0 and result[command] or { { found = "nothing", help = "" } }
    for k, line in ipairs(lines) do
      print(("| %s | %s | %s | %s |"):format(title, k == 1 and "`writ " .. command .. "`" or "", cell(line.found),
        cell(line.help)))
      title = ""
    end
  end
end
local languages = { lua = "lua", json = "json", sql = "sql" }
for _, case in ipairs(cases) do
  print(("\n## %s"):format(case:gsub("_", "-")))
  for _, path in ipairs(files_of(case)) do
    local text = read(("tests/mistakes/%s/%s"):format(case, path))
    print(("\n`%s`:\n\n```%s\n%s```"):format(path, languages[path:match "%w+$"], text))
  end
end
