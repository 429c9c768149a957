-- Runs bench_siege (bench/http/siege/siege.c says what its options and counts mean).
local servers = require "servers"
local json = require "cjson"

local M = {}

-- A party as bench_siege's argument, of { kind, option = value… }.
local function party_text(party)
  local options = {}
  for name, value in pairs(party) do
    if name ~= 1 then options[#options + 1] = name .. "=" .. tostring(value) end
  end
  table.sort(options)
  return "'" .. party[1] .. (#options > 0 and ":" or "") .. table.concat(options, ",") .. "'"
end

local Siege = {}
Siege.__index = Siege

-- Begins one. Options: port, parties, seconds, calm, core (to run on).
function M.start(program, options)
  local words = { "echo $$; exec" }
  if options.core then words[#words + 1] = "taskset -c " .. options.core end
  words[#words + 1] = ("%s --seconds %s --calm %s %d"):format(program, options.seconds, options.calm or 0,
    options.port)
  for _, party in ipairs(options.parties) do words[#words + 1] = party_text(party) end
  local self = setmetatable({ pipe = assert(io.popen(table.concat(words, " "))) }, Siege)
  self.pid = self.pipe:read "l"
  return self
end

-- The next line: of a second, or the last one, which has `end`.
function Siege:line()
  local line = self.pipe:read "l"
  return line and json.decode(line)
end

-- Nothing more is asked, and what is under way is waited for.
function Siege:stop() servers.capture("kill " .. self.pid) end

-- Until it has ended, by itself or after `stop`; gives the last line.
function Siege:finish(on_second)
  local last
  for line in self.pipe:lines() do
    last = json.decode(line)
    if on_second and not last["end"] then on_second(last) end
  end
  assert(self.pipe:close(), "bench_siege failed")
  return last
end

-- From beginning to end.
function M.run(program, options, on_second) return M.start(program, options):finish(on_second) end

return M
