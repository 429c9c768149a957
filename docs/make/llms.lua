-- Prints llms.txt (https://llmstxt.org): what Writ is and where its documents are, for language models. It is made of
-- README.md, the pages' titles, and AGENTS.md, which `writ init` writes; `./dev docs` puts it in its place.

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local readme, agents = read "README.md", read "lua/templates/init/AGENTS.md"

local function section(text, title) return (text .. "\n## "):match("\n## " .. title .. "\n\n(.-)\n+## ") end
local function flat(text) return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")) end
local function title(path) return read(path):match "^# ([^\n]+)" end

local function link(path, words) print(("- [%s](%s): %s"):format(title(path), path, words)) end

print("# " .. title "README.md" .. "\n")
print("> " .. flat(readme:match "^# [^\n]+\n\n(.-)\n\n") .. "\n")
print "How a handler is written:\n"
print(section(agents, "The loop"))

print "\n## Docs\n"
link("lua/templates/init/AGENTS.md", "how coding agents work in an app, and the language of contracts in short")
-- "- [docs/init.md](docs/init.md): beginning an app; [docs/new.md](docs/new.md): the next route", perhaps over two
for entry in ("\n" .. section(readme, "More")):gsub("\n  +", " "):gmatch "\n%- ([^\n]+)" do
  for part in (entry .. ";"):gsub("; %[", ";\n["):gmatch "[^\n]+" do
    local path, words = part:match "^%[docs/[%w_]+%.md%]%((docs/[%w_]+%.md)%): (.-);$"
    if path then link(path, words) end
  end
end
link("tests/apps/README.md", "whole apps, small enough to be read: how others have done what you want to do")

print "\n## Documents that commands print\n"
local pipe = assert(io.popen "LC_ALL=C ls docs/json/*.schema.json")
for path in pipe:lines() do
  local text = read(path)
  print(("- [%s](%s): its JSON Schema"):format(text:match '"title": "([^"]+)"', path))
end
pipe:close()

print "\n## Optional\n"
link("CHANGELOG.md", "what has changed for those who use it")
link("docs/decisions/0001-record-decisions.md", "the decisions beside it say why things are as they are")
