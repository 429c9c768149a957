-- Pages whose commands are typed as a reader would type them: in the example app, in a new one, or in an empty folder.
local transcript = require "support.transcript"
local servers = require "support.server"

local root = servers.capture "pwd":gsub("%s+$", "")
local example = ("cp -r %s/contracts %s/app %s/tests %s/writ.json ."):format(root, root, root, root)
local begun = "writ init . >/dev/null"

describe("the commands of a page show what it says:", function()
  for page, prepare in pairs {
    ["docs/brief.md"] = example,
    ["docs/init.md"] = ":",
    ["docs/new.md"] = begun,
    ["docs/test.md"] = example,
    ["docs/try.md"] = example,
    ["docs/tutorial.md"] = ":",
  } do
    it(page, function() transcript.run(page, prepare) end)
  end
end)
