-- What commands print with --json, held to the schemas of docs/json/ by `writ validate`.
local servers = require "support.server"
local json = require "cjson"
local assert = require "luassert"

local M = {}

-- The document that the text is, decoded. Fails where docs/json/NAME.schema.json does not admit it.
function M.fits(name, text)
  local path = os.tmpname()
  servers.write_file(path, text)
  local out, err, code = servers.run(("validate docs/json/%s.schema.json %s"):format(name, path))
  os.remove(path)
  assert.equal(0, code, out .. err .. text)
  return json.decode(text)
end

return M
