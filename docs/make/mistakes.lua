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
  local found = capture(("cd tests/mistakes/%s && find app contracts -type f | sort"):format(case))
  for path in found:gmatch "%S+" do files[#files + 1] = path end
  return files
end

local function cell(text) return (text:gsub("|", "\\|"):gsub("\n", " ")) end

local function place(finding)
  if finding.file == json.null then return "" end
  local line = finding.line ~= json.null and finding.line > 0 and ":" .. math.tointeger(finding.line) or ""
  return ("`%s%s`"):format(finding.file, line)
end

local function said(finding)
  local help = finding.help ~= json.null and finding.help or nil
  return ("%s %s: %s%s"):format(finding.code, place(finding), finding.message, help and ("; " .. help) or "")
end

-- { what, check = { … }, test = { … } }
local function examine(case)
  local folder = unfold(case)
  local what = read(("tests/mistakes/%s/what.txt"):format(case)):gsub("%s+$", "")
  local result = { what = what, check = {}, test = {} }
  local checked = run("check", folder)
  for _, finding in ipairs(checked.findings) do result.check[#result.check + 1] = said(finding) end
  if checked.errors > 0 and not result.check[1]:match "app/" then
    result.test[1] = "it is not served: contracts with errors do not load"
  else
    local seen = {}
    for _, contract in ipairs(run("test --only attacks --seed 1", folder).attacks.contracts) do
      for _, failure in ipairs(contract.failures) do
        failure.message = ("%s: %s: %s"):format(contract.route, failure.tried, failure.got)
        if not seen[failure.code .. failure.got] then result.test[#result.test + 1] = said(failure) end
        seen[failure.code .. failure.got] = true
      end
    end
  end
  os.execute("rm -rf " .. folder)
  return result
end

-- Codes and places of what is said.
local function brief(lines)
  local words = {}
  for _, line in ipairs(lines) do words[#words + 1] = cell(line:match "^(W%d+ `.-`)" or line) end
  return #words > 0 and table.concat(words, "<br>") or "nothing"
end

local cases = {}
for case in capture("ls tests/mistakes"):gmatch "%d%d_%S+" do cases[#cases + 1] = case end

print [[
# Ten mistakes

What an assistant gets wrong, given to `writ check`, which reads, and to `writ test --only attacks`, which tries.
`./dev docs` makes this page of the apps in [tests/mistakes](../tests/mistakes), which have no test of their own. What
these miss the host does not when it serves: a call that breaks its contract is a 500 that leaves nothing behind.
]]
print "| | the mistake | `writ check` | `writ test` |\n|---|---|---|---|"
local results = {}
for i, case in ipairs(cases) do
  local result = examine(case)
  results[i] = result
  print(("| [%d](#%s) | %s | %s | %s |"):format(i, case:gsub("_", "-"), cell(result.what), brief(result.check),
    brief(result.test)))
end
local languages = { lua = "lua", json = "json", sql = "sql" }
for i, case in ipairs(cases) do
  print(("\n## %s\n\n%s.\n"):format(case:gsub("_", "-"), results[i].what))
  for _, path in ipairs(files_of(case)) do
    local text = read(("tests/mistakes/%s/%s"):format(case, path))
    print(("`%s`:\n\n```%s\n%s```\n"):format(path, languages[path:match "%w+$"], text))
  end
  for _, command in ipairs { "check", "test" } do
    print(("`writ %s` says:\n"):format(command))
    if #results[i][command] == 0 then print "- nothing" end
    for _, line in ipairs(results[i][command]) do print("- " .. line) end
    if command == "check" then print "" end
  end
end
