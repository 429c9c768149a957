-- Pages whose commands are run: what a reader types, in one shell, in a folder of its own, and what they must see.
--
--   require("support.transcript").run("docs/tutorial.md", { prepare = "writ init .", apart = { ["first line"] = "why" } })
--
-- A block ```console has commands after "$ " (a line that ends in a backslash goes on, and <<'END' to that line) and below
-- each what it prints. A block ```json output is what the last command printed, whatever its spaces and lines are.
-- "…" stands for anything within a line, on a line of its own for any lines; a time, a public key or a token for any
-- other; blanks at a line's end do not count. A block ```console server is run beside, until the next such block or the
-- page's end: what it shows must be printed before the page goes on. A block ```sh is commands whose output is not shown:
-- each must end with 0. A block ```lua PATH (json, sql) is written to that file first; where it is members of an object,
-- these are added to that which the file has. Blocks ```text, those without a language, and samples, which have a spec of
-- their own (support/samples.lua), are nothing to be typed. Every other block must be one of `apart`, which names its first
-- line and says why nothing is done with it here, and has none too many.
--
-- Names of a page that stand for others here, in commands, files and output: see `stand_ins`. HOME is /home/ada.
local assert = require "luassert"
local json = require "cjson"
local pages = require "support.page"
local samples = require "support.samples"
local servers = require "support.server"
local socket = require "socket"

local M = {}

-- --- What a page says. ---

-- Whether more lines belong to a command.
local function goes_on(command)
  local ending = command.text:match "<<'(%u+)'\n?"
  return command.text:match "\\$" or ending and not command.text:match("\n" .. ending .. "$")
end

-- { { text, output } }, nil where the block does not begin with a command; of ```sh each line is one, its output is nil.
local function commands_of(text, language)
  local commands = {}
  for line in text:gmatch "([^\n]*)\n" do
    local last = commands[#commands]
    local typed = language == "sh" and line or line:match "^%$ (.*)"
    if last and goes_on(last) and not (last.output and last.output[1]) then
      last.text = last.text .. "\n" .. line
    elseif typed then
      commands[#commands + 1] = { text = typed, output = language == "console" and {} or nil }
    elseif last then
      table.insert(last.output, line)
    else
      return nil
    end
  end
  return commands
end

-- What is to be done with a block: { kind = "file", path, text } | { kind = "run" | "server", commands } | { kind =
-- "output", text } | { kind = "nothing" | "unknown" }.
local function step_of(block)
  local language, word = block.language, block.word
  if language == "console" or language == "sh" then
    local kind = word == "" and "run" or language == "console" and word == "server" and "server"
    local commands = commands_of(block.text, language)
    return { kind = commands and kind or "unknown", commands = commands }
  elseif language == "json" and word == "output" then
    return { kind = "output", text = block.text }
  elseif word ~= "" then
    return { kind = "file", path = word, text = block.text }
  end
  return { kind = (language == "" or language == "text") and "nothing" or "unknown" }
end

-- Each with the number of its line, and the first line in it.
local function steps_of(page)
  local steps = {}
  for i, block in ipairs(pages.blocks(page)) do
    steps[i] = samples.has(page, block) and { kind = "nothing" } or step_of(block)
    steps[i].line, steps[i].first = block.line, block.text:match "[^\n]*"
  end
  return steps
end

-- --- What is seen. ---

local function literally(text) return (text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")) end

-- What stands for anything that is spelt like it: times, public keys, tokens.
local varying = {
  "%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d[%d.]*Z",
  "%d%d%d%d%d%d%d%dT%d%d%d%d%d%d%.%d%d%dZ",
  "ed25519:" .. ("[%w_-]"):rep(43),
  "%f[%w_-]" .. ("[%w_-]"):rep(43) .. "%f[^%w_-]",
}

local function pattern_of(line)
  for i, spelling in ipairs(varying) do line = line:gsub(spelling, string.char(i)) end
  return "^" .. literally(line):gsub("…", ".-"):gsub("[\1-\8]", function(mark) return varying[mark:byte()] end) .. "$"
end

-- Whether the lines from `at` on are what was expected from `from` on.
local function matches(lines, at, expected, from)
  if from > #expected then return at > #lines end
  if expected[from] == "…" then
    for skip = at, #lines + 1 do
      if matches(lines, skip, expected, from + 1) then return true end
    end
    return false
  end
  return lines[at] ~= nil and lines[at]:find(pattern_of(expected[from])) ~= nil
    and matches(lines, at + 1, expected, from + 1)
end

function M.fits(output, expected)
  local lines = {}
  for line in output:gmatch "([^\n]*)\n?" do lines[#lines + 1] = (line:gsub("%s+$", "")) end
  while lines[#lines] == "" do lines[#lines] = nil end
  local wanted = { table.unpack(expected) }
  while wanted[#wanted] == "" do wanted[#wanted] = nil end
  return matches(lines, 1, wanted, 1)
end

-- --- Running. ---

local Shell = {}
Shell.__index = Shell

-- One bash, whose commands and their output go through two pipes. Everything it makes lies in `root`.
local function open_shell(root)
  os.execute(("mkdir %s/app %s/home %s/elsewhere; mkfifo %s/in %s/out"):gsub("%%s", root))
  os.execute(("cd %s/app && HOME=%s/home timeout 300 bash --norc %s/in >%s/out 2>&1 &"):gsub("%%s", root))
  local shell = setmetatable({ root = root }, Shell)
  shell.output = assert(io.open(root .. "/out", "r")) -- in the order in which the other side opens them
  shell.input = assert(io.open(root .. "/in", "w"))
  local build = servers.writ:match "^(.*)/" or "."
  if not build:match "^/" then build = servers.capture("pwd"):gsub("%s+$", "") .. "/" .. build end
  shell.input:write [[ended() { local code=$?; printf '\n%s%d\n' "$1" $code; return $code; }]]
  shell:run(("\nexport PATH=%s:$PATH"):format(servers.quote(build)))
  return shell
end

-- Gives what it printed, and its exit code, which `$?` is then.
function Shell:run(command)
  local mark = "-- ended with "
  self.input:write(command, "\nended '", mark, "'\n")
  self.input:flush()
  local lines, code = {}, nil
  for line in self.output:lines() do
    code = line:match("^" .. literally(mark) .. "(%d+)$")
    if code then break end
    lines[#lines + 1] = line
  end
  return servers.without_warning(table.concat(lines, "\n") .. "\n"):gsub("\n*$", ""), tonumber(code)
end

-- In each writ.json there is.
function Shell:set_port(names)
  self:run(("find %s -name writ.json -exec sed -i s/8080/%s/ {} +"):format(self.root, names["8080"]))
end

function Shell:close()
  self.input:close()
  self.output:close()
end

-- A port, in which there is no other, and a socket that keeps it from everybody who wants any port: else it would be
-- somebody's by the time that it is wanted. The socket does not listen, so that who wants this one may have it.
local function reserve_port()
  local keeper = assert(socket.tcp4())
  assert(keeper:setoption("reuseaddr", true))
  assert(keeper:bind("127.0.0.1", 0))
  local port = tostring(select(2, keeper:getsockname()))
  if not (port:find "8080" or port:find "9180") then return port, keeper end
  local other, other_keeper = reserve_port()
  keeper:close()
  return other, other_keeper
end

-- What a page names, and what it is here: ports that are free, folders of the page's own, a day that is to come, so that
-- the rows of an audit log are from before. Gives also a function that gives the ports back.
local function stand_ins(root)
  local served, admin, keeper, admin_keeper
  served, keeper = reserve_port()
  admin, admin_keeper = reserve_port()
  return { ["8080"] = served, ["9180"] = admin, ["/mnt/elsewhere"] = root .. "/elsewhere",
    ["/home/ada"] = root .. "/home", ["2026-01-01"] = "2999-01-01" }, function()
    keeper:close()
    admin_keeper:close()
  end
end

local function here(text, names)
  for page, ours in pairs(names) do text = text:gsub(literally(page), ours) end
  return text
end

local function as_on_page(text, names)
  for page, ours in pairs(names) do text = text:gsub(literally(ours), page) end
  return text
end

-- What is done with a step of each kind.
local take = {}

function take.nothing() end

-- Ends the server after a minute, unless it is killed first.
local watch = [[(sleep 60 & trap "kill $!; exit" TERM; wait; kill $server) >/dev/null 2>&1 & watch=$!]]

-- Ends the server that there is, and reads what the next one prints until it has said what the page shows, or ends.
function take.server(shell, step, names)
  shell:run "kill $server 2>/dev/null; wait"
  shell:set_port(names)
  local command = step.commands[1]
  local fifo = ("%s/server%d"):format(shell.root, step.line)
  shell:run(("mkfifo %s; timeout 300 %s >%s 2>&1 & server=$!"):format(fifo, here(command.text, names), fifo))
  shell:run(watch)
  shell.log = assert(io.open(fifo)) -- open until there is another one: what nobody reads may not be written
  local expected, seen = { "…", table.unpack(command.output) }, ""
  for line in shell.log:lines() do
    seen = seen .. as_on_page(line, names) .. "\n"
    if M.fits(servers.without_warning(seen), expected) then return shell:run "kill $watch" end
  end
  error(("line %d: %s\n%s"):format(step.line, command.text, seen), 0)
end

-- A file's text with these members of an object added to its object.
local function with_members(text, members)
  return text:match "^(.-)%s*}%s*$" .. ",\n" .. members .. "}\n"
end

function take.file(shell, step, names)
  local path = shell:run "pwd" .. "/" .. step.path
  assert(os.execute(("mkdir -p %s"):format(path:match "^(.*)/")))
  local text = here(step.text, names)
  if path:match "%.json$" and not text:match "^{" then text = with_members(servers.read_file(path), text) end
  servers.write_file(path, text)
end

function take.run(shell, step, names)
  for _, command in ipairs(step.commands) do
    local output, code = shell:run(here(command.text, names))
    output = as_on_page(output, names)
    shell.printed = output
    local fits = command.output and M.fits(output, command.output) or not command.output and code == 0
    assert.truthy(fits, ("block at line %d: %s\n%s"):format(step.line, command.text, output))
  end
end

function take.output(shell, step)
  local ok, value = pcall(json.decode, shell.printed)
  assert.same(json.decode(step.text), ok and value or shell.printed, ("block at line %d"):format(step.line))
end

function take.unknown(_, step)
  error(("the block at line %d is neither run nor said to stand apart: %s"):format(step.line, step.first), 0)
end

-- The entry of `apart` that a block's first line fits, or nil.
local function entry_of(apart, first)
  for entry in pairs(apart) do
    if first:find(pattern_of(entry)) then return entry end
  end
end

-- Files are written where the shell is then. What `options.prepare` says is run before; `options.names` are more names
-- that stand for others.
function M.run(page, options)
  local root = servers.capture("mktemp -d"):gsub("%s+$", "")
  local shell = open_shell(root)
  local names, give_back = stand_ins(root)
  for page_s, ours in pairs(options.names or {}) do names[page_s] = ours end
  local apart = options.apart or {}
  local passed = {}
  local ok, problem = pcall(function()
    if options.prepare then
      local output, code = shell:run("{ " .. options.prepare .. "\n}")
      assert.equal(0, code, output)
      shell:set_port(names)
    end
    for _, step in ipairs(steps_of(page)) do
      local listed = entry_of(apart, step.first)
      if listed then
        passed[listed] = true
      else
        take[step.kind](shell, step, names)
      end
    end
    for entry in pairs(apart) do
      assert.truthy(passed[entry], "no block begins with what is said to stand apart: " .. entry)
    end
  end)
  shell:run "kill $server 2>/dev/null; wait"
  shell:close()
  give_back()
  os.execute("rm -rf " .. root)
  assert(ok, ("%s: %s"):format(page, problem))
end

return M
