-- docs/errors.md has an entry for each code of runtime/base/finding.h, and its examples give what it says.
local servers = require "support.server"
local json = require "cjson"

local read = servers.read_file

-- The codes as the host has them: { code, title } in their order.
local function table_of_codes()
  local codes = {}
  for number, title in read "runtime/base/finding.h":gmatch 'X%([%w_]+,[%s\\]*(%d+),[%s\\]*"(.-[^\\])"%)' do
    codes[#codes + 1] = { code = ("W%04d"):format(tonumber(number)), title = title:gsub('\\"', '"') }
  end
  return codes
end

-- The page: the files of its app, and for each entry its heading, the files that it changes and what is said then.
local function read_page()
  local app, entries, entry, block, path = {}, {}, nil, nil, nil
  for line in read "docs/errors.md":gmatch "(.-)\n" do
    local code, title = line:match "^### (W%d%d%d%d): (.*)"
    if code then
      entry, path = { code = code, title = title, files = {}, said = {} }, nil
      entries[#entries + 1] = entry
    elseif line:match "^```" and not block then
      block = { language = line:sub(4), lines = {} }
    elseif line:match "^```" then
      local text = table.concat(block.lines, "\n") .. "\n"
      if path then
        table.insert(entry and entry.files or app, { path = path, text = text, merges = block.language == "json" })
      elseif entry then
        entry.said = block.lines
      end
      block, path = nil, nil
    elseif block then
      table.insert(block.lines, line)
    else
      path = line:match "^`([^`]+)`:$" or path
    end
  end
  return app, entries
end

-- RFC 7396. Objects are what has no first element and is not empty either way.
local function merge(target, patch)
  if type(patch) ~= "table" or patch[1] ~= nil or next(patch) == nil then return patch end
  if type(target) ~= "table" or target[1] ~= nil then target = {} end
  for key, value in pairs(patch) do
    target[key] = value ~= json.null and merge(target[key], value) or nil
  end
  return target
end

describe("docs/errors.md", function()
  local app, entries = read_page()

  -- What `writ check` says of the app with these changes, each line once, without its place.
  local function check(changes, options)
    local files = {}
    for _, file in ipairs(app) do files[file.path] = file.text end
    for _, file in ipairs(changes) do
      local before = file.merges and files[file.path]
      files[file.path] = before and json.encode(merge(json.decode(before), json.decode(file.text))) or file.text
    end
    local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    for path, text in pairs(files) do
      os.execute(("mkdir -p '%s'"):format((folder .. "/" .. path):match "^(.*)/"))
      servers.write_file(folder .. "/" .. path, text)
    end
    local _, err = servers.run(("check %s %s"):format(options or "", folder))
    os.execute("rm -rf " .. folder)
    local said = {}
    for line in err:gmatch "[^\n]+" do
      local finding = line:match "(%l+ W%d%d%d%d: .*)"
      if finding then said[finding] = true end
    end
    return said, err
  end

  it("has an entry for each code, in their order", function()
    local codes, headings = table_of_codes(), {}
    assert.is_true(#codes > 100)
    for _, entry in ipairs(entries) do headings[#headings + 1] = { code = entry.code, title = entry.title } end
    for i = 1, math.max(#codes, #headings) do
      assert.same(codes[i], headings[i], "runtime/base/finding.h and docs/errors.md differ")
    end
  end)

  it("begins with an app in which nothing is wrong", function()
    assert.is_true(#app > 8)
    local _, err = check {}
    assert.equal("", err)
  end)

  local shown = 0
  for _, entry in ipairs(entries) do
    if #entry.files > 0 then
      shown = shown + 1
      it("has an example that gives " .. entry.code, function()
        local said, err = check(entry.files, entry.code ~= "W0690" and "--no-luacheck" or nil)
        assert.is_true(#entry.said > 0)
        for _, line in ipairs(entry.said) do
          assert.truthy(line:find(entry.code, 1, true), line)
          assert.truthy(said[line], line .. "\nis not in\n" .. err)
        end
      end)
    end
  end

  it("has an example for most", function() assert.is_true(shown > #entries * 3 / 4, shown .. " of " .. #entries) end)
end)
