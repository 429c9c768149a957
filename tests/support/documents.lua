-- What commands print with --json, held to the schemas of docs/json/ by `writ validate`.
local servers = require "support.server"
local json = require "cjson"
local assert = require "luassert"

local M = {}

-- Fails where docs/json/NAME.schema.json does not admit one of these texts. All are asked for at once.
function M.all_fit(name, texts)
  local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
  local paths = {}
  for i, text in ipairs(texts) do
    paths[i] = ("%s/%d.json"):format(folder, i)
    servers.write_file(paths[i], text)
  end
  local out, err, code = servers.run(("validate docs/json/%s.schema.json %s"):format(name, table.concat(paths, " ")))
  os.execute("rm -rf " .. folder)
  assert.equal(0, code, out .. err)
end

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
