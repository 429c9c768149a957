-- The code blocks of a page of docs/, as its specs read them.
local servers = require "support.server"

local M = {}

-- Each in the page's order: language and word (what stands behind it: "```lua app/lib/a.lua"), both perhaps empty; text;
-- line, where it begins, and where ("docs/a.md:12"); section and part, the headings ## and ### that it stands under.
function M.blocks(path)
  local found, open, section, part, number = {}, nil, "", "", 0
  for line in (servers.read_file(path) .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    local language, word = line:match "^```(%l*) ?(%S*)$"
    if open and line == "```" then
      found[#found + 1], open = open, nil
    elseif open then
      open.text = open.text .. line .. "\n"
    elseif language then
      open = { language = language, word = word, text = "", line = number, where = ("%s:%d"):format(path, number),
        section = section, part = part }
    elseif line:match "^## " then
      section, part = line:sub(4), ""
    elseif line:match "^### " then
      part = line:sub(5)
    end
  end
  assert(not open, path .. ": a block does not end")
  return found
end

return M
