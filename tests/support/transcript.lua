-- Pages whose commands are run: what a reader types, in one shell, in a folder of its own, and what they must see.
--
--   require("support.transcript").run("docs/tutorial.md")
--
-- A block ```console has commands after "$ " (a line that ends in a backslash goes on) and below each what it prints.
-- "…" stands for anything within a line, on a line of its own for any lines; blanks at a line's end do not count. A
-- block ```console server is run beside, until the page ends: what it prints first must come before the page goes on.
-- A block ```lua PATH (json, sql) is written to that file first. Port 8080 is another one that is free, in writ.json
-- as well.
local assert = require "luassert"
local servers = require "support.server"
local socket = require "socket"

local M = {}

-- --- What a page says. ---

local function commands_of(text)
  local commands
  for line in text:gmatch "([^\n]*)\n" do
    local last = commands and commands[#commands]
    if line:match "^%$ " then
      commands = commands or {}
      commands[#commands + 1] = { text = line:sub(3), output = {} }
    elseif last and #last.output == 0 and last.text:match "\\$" then
      last.text = last.text .. "\n" .. line
    elseif last then
      last.output[#last.output + 1] = line
    end
  end
  return commands or {}
end

-- { kind = "file", path, text } | { kind = "run" | "server", commands }, each with the number of its line.
function M.steps(page)
  local steps, block, number = {}, nil, 0
  for line in (servers.read_file(page) .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local language, rest = line:match "^```(%l*) ?(%S*)$"
    if block and line == "```" then
      if block.language == "console" then
        steps[#steps + 1] = { kind = block.rest == "server" and "server" or "run", commands = commands_of(block.text),
          line = block.line }
      elseif block.rest ~= "" then
        steps[#steps + 1] = { kind = "file", path = block.rest, text = block.text, line = block.line }
      end
      block = nil
    elseif not block and language then
      block = { language = language, rest = rest, text = "", line = number }
    elseif block then
      block.text = block.text .. line .. "\n"
    end
  end
  assert(not block, page .. ": a block does not end")
  return steps
end

-- --- What is seen. ---

local function pattern_of(line)
  return "^" .. line:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("…", ".-") .. "$"
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

-- One bash, whose commands and their output go through two pipes.
local function open_shell(folder)
  local fifos = servers.capture("mktemp -d"):gsub("%s+$", "")
  os.execute(("mkfifo %s/in %s/out"):format(fifos, fifos))
  os.execute(("cd %s && timeout 300 bash --norc %s/in >%s/out 2>&1 &"):format(folder, fifos, fifos))
  local shell = setmetatable({ fifos = fifos }, Shell)
  shell.output = assert(io.open(fifos .. "/out", "r")) -- in the order in which the other side opens them
  shell.input = assert(io.open(fifos .. "/in", "w"))
  local build = servers.writ:match "^(.*)/" or "."
  if not build:match "^/" then build = servers.capture("pwd"):gsub("%s+$", "") .. "/" .. build end
  shell:run(("export PATH=%s:$PATH"):format(servers.quote(build)))
  return shell
end

function Shell:run(command)
  local mark = "-- end of output --"
  self.input:write(command, "\nprintf '\\n%s\\n' '", mark, "'\n")
  self.input:flush()
  local lines = {}
  for line in self.output:lines() do
    if line == mark then break end
    lines[#lines + 1] = line
  end
  return (servers.without_warning(table.concat(lines, "\n") .. "\n"):gsub("\n*$", ""))
end

function Shell:close()
  self.input:close()
  self.output:close()
  os.execute("rm -rf " .. self.fifos)
end

local function free_port()
  local probe = assert(socket.bind("127.0.0.1", 0))
  local _, port = probe:getsockname()
  probe:close()
  return port
end

-- Waits for the lines that the page shows of a server, which are its first.
local function begin(shell, step, port)
  local command = step.commands[1]
  local log = shell.fifos .. "/server" .. step.line
  local text = command.text:gsub("8080", port)
  shell:run(("sed -i s/8080/%s/ writ.json"):format(port))
  shell:run((": >%s; timeout 300 %s >%s 2>&1 & servers=\"$servers $!\""):format(log, text, log))
  local deadline = os.time() + 30
  local expected = { table.unpack(command.output) }
  for i, line in ipairs(expected) do expected[i] = line:gsub("8080", port) end
  expected[#expected + 1] = "…"
  local seen
  repeat seen = servers.without_warning(servers.read_file(log)) until M.fits(seen, expected) or os.time() > deadline
  assert.truthy(M.fits(seen, expected), ("line %d: %s\n%s"):format(step.line, text, seen))
end

local function write(folder, step)
  assert(os.execute(("mkdir -p %s/%s"):format(folder, step.path:match "^(.*)/" or ".")))
  local file = assert(io.open(folder .. "/" .. step.path, "w"))
  file:write(step.text)
  file:close()
end

-- Files are written where the shell is then. What `prepare` says is run before.
function M.run(page, prepare)
  local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
  local shell = open_shell(folder)
  if prepare then shell:run(prepare) end
  local port = tostring(free_port())
  local ok, problem = pcall(function()
    for _, step in ipairs(M.steps(page)) do
      if step.kind == "file" then
        write(shell:run "pwd", step)
      elseif step.kind == "server" then
        begin(shell, step, port)
      else
        for _, command in ipairs(step.commands) do
          local output = shell:run((command.text:gsub("8080", port)))
          output = output:gsub(port, "8080")
          assert.truthy(M.fits(output, command.output),
            ("%s, block at line %d: %s\n%s"):format(page, step.line, command.text, output))
        end
      end
    end
  end)
  shell:run "kill $servers 2>/dev/null; wait"
  shell:close()
  os.execute("rm -rf " .. folder)
  assert(ok, problem)
end

return M
