-- Pages that are made (./dev docs) are as the program would make them now.
local servers = require "support.server"

describe("the page", function()
  for maker in servers.capture("ls docs/make/*.lua"):gmatch "%S+" do
    local name = maker:match "([%w_]+)%.lua$"
    local page = name == "llms" and "llms.txt" or "docs/" .. name .. ".md"
    it(page .. " is current: else run ./dev docs", function()
      local made, code = servers.capture(("WRIT=%s lua5.4 %s"):format(servers.quote(servers.writ), maker))
      assert.truthy(code == nil or code == 0)
      assert.equal(servers.read_file(page), made)
    end)
  end
end)
