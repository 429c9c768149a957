-- docs/tutorial.md, typed as a reader would type it.
describe("the tutorial", function()
  it("shows what happens", function() require("support.transcript").run "docs/tutorial.md" end)
end)
