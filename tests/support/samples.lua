-- The JSON, SQL and Lua that pages show of an app, as parts of one that `writ check` loads.
--
--   local refused, wrong = samples.load(samples.all())
--
-- Whole files stand where they would in an app. What is a part of a contract is put into each contract of
-- tests/samples/bases, at the place that its headings say, until one of them takes it; what it names of the app (fields,
-- errors, queries for what it computes) is declared there. Lua that returns no function is the middle of a handler, whose
-- contract grants what it calls. tests/samples has what samples name and do not show: tables, queries, types of fields.
local pages = require "support.page"
local servers = require "support.server"
local json = require "cjson"

local M = {}

local folder = "tests/samples/"
local function decoded(path) return json.decode(servers.read_file(path)) end

local fields = decoded(folder .. "fields.json")
local contract_members = decoded "contracts/contract.schema.json".properties
local bases = { "read", "write", "owner", "login", "webhook" }

-- --- What a sample is. ---

-- The member of a member …, made where there is none.
local function within(object, ...)
  for _, key in ipairs { ... } do
    object[key] = object[key] or {}
    object = object[key]
  end
  return object
end

local wholes = { ["policy.json"] = "policy", ["writ.json"] = "writ", Templates = "template" }
local parts = { requires = true, uses = true, ensures = true }

-- Of JSON: policy, template, contract (or a part of one), or writ (or a part of it). Of SQL: migration or query.
local function kind_of(block)
  if block.language == "lua" then return "handler" end
  if block.language == "sql" then return block.text:match "^%-%- name: " and "query" or "migration" end
  if block.text:match "^{" then return wholes[block.section] or "contract" end
  if parts[block.section] then return "contract" end
  for name in pairs(json.decode("{" .. block.text .. "}")) do
    if not contract_members[name] then return "writ" end
  end
  return "contract"
end

-- What a handler needs of a contract: the queries that it runs, and what it passes to them.
local function uses_of(text)
  local uses = {}
  for name, passed in text:gmatch "ctx%.db%.([%l_]+%.[%l_]+)%s*(%b{})" do
    table.insert(within(uses, "queries"), name)
    for computed in passed:gmatch "([%w_]+)%s*=" do within(uses, "computes")[computed] = { type = "string" } end
  end
  for name in text:gmatch "ctx%.db%.([%l_]+%.[%l_]+)%(" do table.insert(within(uses, "queries"), name) end
  return uses
end

-- The members of a contract or of writ.json that a block shows, or asks for.
local function members_of(block)
  if block.kind == "handler" then return { uses = uses_of(block.text) } end
  if block.text:match "^{" then return json.decode(block.text) end
  local members = json.decode("{" .. block.text .. "}")
  return parts[block.section] and { [block.section] = members } or members
end

-- The pages that have samples.
M.pages = { "docs/contract.md", "docs/openapi.md", "docs/handler.md" }

-- Whether a block of a page is a sample: what has a path is a file of its own, which somebody else writes.
function M.has(page, block)
  local languages = { json = true, sql = true, lua = true }
  for _, path in ipairs(M.pages) do
    if path == page then return block.word == "" and languages[block.language] or false end
  end
  return false
end

-- All of them: blocks, with their kind, and a name that files may have.
function M.all()
  local found = {}
  for _, path in ipairs(M.pages) do
    for _, block in ipairs(pages.blocks(path)) do
      if M.has(path, block) then
        block.name, block.kind = path:match "(%l+)%.md$" .. block.line, kind_of(block)
        found[#found + 1] = block
      end
    end
  end
  return found
end

-- --- The app that they are parts of. ---

-- The members of b over those of a, so many levels deep.
local function merge(a, b, depth)
  local both = {}
  for key, value in pairs(a) do both[key] = value end
  for key, value in pairs(b) do
    local inner = depth > 1 and type(a[key]) == "table" and type(value) == "table"
    both[key] = inner and merge(a[key], value, depth - 1) or value
  end
  return both
end

-- The queries of a text: name -> their text.
local function queries_of(group, text)
  local found, name = {}, nil
  for line in text:gmatch "[^\n]+" do
    local begun = line:match "^%-%- name: ([%w_]+)"
    name = begun and group .. "." .. begun or name
    if name then found[name] = (found[name] or "") .. line .. "\n" end
  end
  return found
end

-- The group of the query that a block shows, as the samples name it, or "samples".
local function group_of(blocks, block)
  local name = block.text:match "^%-%- name: ([%w_]+)"
  for _, other in ipairs(blocks) do
    local group = other.language == "json" and other.text:match('"(%l+)%.' .. name .. '"')
    if group then return group end
  end
  return "samples"
end

local function files_of(path)
  local files = {}
  for name in servers.capture(("cd %s && find contracts -type f"):format(path)):gmatch "%S+" do
    files[name] = servers.read_file(path .. name)
  end
  return files
end

-- Its files, path -> text, without the contracts; and its queries.
local function app_of(blocks)
  local files, queries = files_of(folder), {}
  local writ, policy = {}, decoded(folder .. "policy.json")
  local function append(path, text) files[path] = (files[path] and files[path] .. "\n" or "") .. text end
  for _, block in ipairs(blocks) do
    if block.kind == "migration" then
      append("contracts/migrations/0001_samples.sql", block.text)
    elseif block.kind == "query" then
      append(("contracts/queries/%s.sql"):format(group_of(blocks, block)), block.text)
    elseif block.kind == "template" then
      files["contracts/templates/signed_in.json"] = block.text
    elseif block.kind == "writ" then
      for name, value in pairs(members_of(block)) do
        assert(writ[name] == nil or writ[name] == value, block.where .. ": another sample has this member already")
        writ[name] = value
      end
    elseif block.kind == "policy" then
      policy = merge(policy, json.decode(block.text), 2)
    end
  end
  for _, path in ipairs { "contracts/defs/user.json", "contracts/defs/note.json" } do
    files[path] = servers.read_file(path) -- the example's
  end
  files["writ.json"], files["contracts/policy.json"] = json.encode(writ), json.encode(policy)
  for path, text in pairs(files) do
    local group = path:match "^contracts/queries/(.*)%.sql$"
    queries = merge(queries, group and queries_of(group, text) or {}, 1)
  end
  return files, queries
end

-- --- A sample in a contract. ---

-- What may be names of fields and queries in a part: its strings, what stands behind "input." or in braces there, and the
-- keys of `owns` and `properties`. A set.
local function words_of(value, found)
  found = found or {}
  if type(value) == "string" then
    found[value] = true
    found[value:match "^input%.(.*)" or value] = true
    for parameter in value:gmatch "{([%w_]+)}" do found[parameter] = true end
  elseif type(value) == "table" then
    for key, inner in pairs(value) do
      words_of(inner, found)
      for name in pairs((key == "owns" or key == "properties") and inner or {}) do found[name] = true end
    end
  end
  return found
end

local function takes(sql, parameter) return sql:find(":" .. parameter .. "%f[^%w_]") ~= nil end

-- Grants queries for what a part computes, and what it calls unowned.
local function grant(contract, uses, queries)
  if uses.queries then return end
  for name in pairs(uses.unowned or {}) do table.insert(within(contract, "uses", "queries"), name) end
  for computed in pairs(uses.computes or {}) do
    for name, sql in pairs(queries) do
      if takes(sql, computed) then table.insert(within(contract, "uses", "queries"), name) end
    end
  end
end

-- Declares the fields that are named by it or by the queries that it names, and the errors.
local function declare(contract, part, queries)
  local words = words_of { part, contract.uses or {} }
  local function is_named(field)
    for word in pairs(words) do
      if queries[word] and takes(queries[word], field) then return true end
    end
    return words[field]
  end
  local validates = contract.requires.validates
  for field, schema in pairs(part.requires and part.requires.validates and {} or fields) do
    local computed = contract.uses and contract.uses.computes and contract.uses.computes[field]
    if not computed and not validates.properties[field] and is_named(field) then
      validates.properties[field] = schema
      table.insert(within(validates, "required"), field)
    end
  end
  for _, rules in ipairs { part.requires and part.requires.rules or {}, part.ensures and part.ensures.holds or {} } do
    for _, rule in ipairs(rules) do
      if rule.error then within(contract, "ensures", "errors")[rule.error] = { status = 409 } end
    end
  end
end

local function contract_of(block, base, queries)
  if block.kind == "contract" and block.text:match "^{" then return block.text end
  local part = members_of(block)
  local contract = merge(decoded(("%sbases/%s.json"):format(folder, base)), part, 2)
  if not part.route then contract.route = ("%s/%s"):format(contract.route, block.name) end
  grant(contract, part.uses or {}, queries)
  declare(contract, part, queries)
  return json.encode(contract)
end

-- A handler for it. One that passes `ctx` on may run anything, so that nothing can be said of it.
local function handler_of(block)
  if block.kind ~= "handler" then return "return function(_, ctx) error(ctx) end\n" end
  if block.text:match "%f[%w]return function%(" then return block.text end
  return ("return function(input, ctx)\n%s\nreturn {}\nend\n"):format(block.text)
end

-- --- Loading. ---

local function write(path, files)
  local folders = {}
  for name in pairs(files) do folders[#folders + 1] = ("'%s/%s'"):format(path, name:match "^(.*)/" or ".") end
  os.execute("mkdir -p " .. table.concat(folders, " "))
  for name, text in pairs(files) do servers.write_file(path .. "/" .. name, text) end
end

-- What `writ check` finds in an app: file -> its findings, one a line.
local function check(files)
  local path = servers.capture("mktemp -d"):gsub("%s+$", "")
  write(path, files)
  local out, err = servers.run("check --json --no-luacheck " .. path)
  os.execute("rm -rf " .. path)
  local found = {}
  for _, finding in ipairs(json.decode(out ~= "" and out or error(err)).findings) do
    local file = finding.file ~= json.null and finding.file or "the app"
    found[file] = ("%s\n%s %s %s"):format(found[file] or "", file, finding.code, finding.message)
  end
  return found
end

local function contract_path(block) return ("contracts/samples/%s.json"):format(block.name) end
local function handler_path(block) return ("app/handlers/samples/%s.lua"):format(block.name) end

-- The blocks that a base takes are added to the app; gives those that it does not, and says what is wrong with them there.
local function try(blocks, base, app, queries, said)
  local tried, left = merge(app, {}, 1), {}
  for _, block in ipairs(blocks) do
    tried[contract_path(block)] = contract_of(block, base, queries)
    tried[handler_path(block)] = handler_of(block)
  end
  local found = check(tried)
  for _, block in ipairs(blocks) do
    local path = contract_path(block)
    if found[path] then
      said[block.name] = ("%s\n%s:%s"):format(said[block.name] or block.where, base, found[path])
      left[#left + 1] = block
    else
      app[path], app[handler_path(block)], said[block.name] = tried[path], tried[handler_path(block)], nil
    end
  end
  return left
end

-- Loads blocks. Gives what no base takes, name -> what is wrong with it in each; and what is wrong with the app that has
-- all the others, file -> findings.
function M.load(blocks)
  local app, queries = app_of(blocks)
  local refused, left = {}, {}
  for _, block in ipairs(blocks) do
    if block.kind == "contract" or block.kind == "handler" then left[#left + 1] = block end
  end
  for _, base in ipairs(bases) do
    left = #left > 0 and try(left, base, app, queries, refused) or left
  end
  local wrong = {}
  for file, said in pairs(check(app)) do
    said = said:gsub("\n[^\n]* nothing uses the query [^\n]*", "") -- which is no matter of a sample
    wrong[file] = said ~= "" and said or nil
  end
  return refused, wrong
end

return M
