-- docs/commands.md: what every command says of itself.
--
--   WRIT=build/writ lua5.4 docs/make/commands.lua >docs/commands.md
local writ = os.getenv "WRIT" or "build/writ"

local function help(command)
  local pipe = assert(io.popen(("'%s' %s --help 2>/dev/null"):format(writ, command)))
  local text = pipe:read "a"
  assert(pipe:close(), command)
  return text
end

local commands = {}
for name in help(""):gmatch "\n  (%l+) +%S" do commands[#commands + 1] = name end

print [[
# Commands

Made from `writ COMMAND --help` by `./dev docs`.

All of them exit with 0 when what was asked for is done and nothing is wrong, with 1 when something is, with 2 when the
command line is not understood. Findings are lines on stderr; each has a code that [errors.md](errors.md) explains. With
`--json` there is one document on stdout, or for long lists one a line; [json/](json/) has a JSON Schema for each.
]]
for _, name in ipairs(commands) do print(("- [writ %s](#writ-%s)"):format(name, name)) end
for _, name in ipairs(commands) do print(("\n## writ %s\n\n```text\n%s```"):format(name, help(name))) end
