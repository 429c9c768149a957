-- A JSON Schema validator for specs: small, written apart from the host's, for the keywords that the example's
-- document has. Another keyword is an error, so that none is passed over.
local json = require "cjson"

local M = {}

-- What a {"$ref": "#/…"} of a document leads to, however often.
function M.resolve(document, value)
  while type(value) == "table" and value["$ref"] do
    local at = document
    for token in value["$ref"]:gmatch "/([^/]+)" do
      at = assert(at[(token:gsub("~1", "/"):gsub("~0", "~"))], value["$ref"])
    end
    value = at
  end
  return value
end

local function is_array(value) return type(value) == "table" and (#value > 0 or next(value) == nil) end

-- cjson cannot tell {} from [], so an empty table is both.
local types = {
  object = function(v) return type(v) == "table" and #v == 0 end,
  array = is_array,
  string = function(v) return type(v) == "string" end,
  integer = function(v) return type(v) == "number" and v == math.floor(v) end,
  number = function(v) return type(v) == "number" end,
  boolean = function(v) return type(v) == "boolean" end,
  null = function(v) return v == json.null end,
}

local function has(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

local function count(value)
  local n = 0
  for _ in pairs(value) do n = n + 1 end
  return n
end

local ignored = {}
for _, name in ipairs { "title", "description", "format", "pattern", "writeOnly", "examples", "x-normalize", "default" } do
  ignored[name] = true
end

local check

-- Each gives false, or what it evaluated: names of members.
local keywords = {
  ["$ref"] = function(document, schema, value) return check(document, M.resolve(document, schema), value) end,
  allOf = function(document, schema, value)
    local evaluated = {}
    for _, part in ipairs(schema.allOf) do
      local names = check(document, part, value)
      if not names then return false end
      for name in pairs(names) do evaluated[name] = true end
    end
    return evaluated
  end,
  type = function(_, schema, value) return types[schema.type](value) end,
  enum = function(_, schema, value) return has(schema.enum, value) end,
  const = function(_, schema, value) return schema.const == value end,
  properties = function(document, schema, value)
    local evaluated = {}
    if not types.object(value) then return evaluated end
    for name, part in pairs(schema.properties) do
      if value[name] ~= nil then
        if not check(document, part, value[name]) then return false end
        evaluated[name] = true
      end
    end
    return evaluated
  end,
  required = function(_, schema, value)
    for _, name in ipairs(schema.required) do
      if types.object(value) and value[name] == nil then return false end
    end
    return true
  end,
  additionalProperties = function(_, schema, value)
    assert(schema.additionalProperties == false)
    for name in pairs(types.object(value) and value or {}) do
      if not (schema.properties or {})[name] then return false end
    end
    return true
  end,
  minProperties = function(_, schema, value) return not types.object(value) or count(value) >= schema.minProperties end,
  items = function(document, schema, value)
    for _, item in ipairs(is_array(value) and value or {}) do
      if not check(document, schema.items, item) then return false end
    end
    return true
  end,
  maxItems = function(_, schema, value) return not is_array(value) or #value <= schema.maxItems end,
  minLength = function(_, schema, value) return type(value) ~= "string" or utf8.len(value) >= schema.minLength end,
  maxLength = function(_, schema, value) return type(value) ~= "string" or utf8.len(value) <= schema.maxLength end,
  minimum = function(_, schema, value) return type(value) ~= "number" or value >= schema.minimum end,
  maximum = function(_, schema, value) return type(value) ~= "number" or value <= schema.maximum end,
}

function check(document, schema, value)
  local evaluated = {}
  for name in pairs(schema) do
    local keyword = keywords[name]
    if keyword then
      local names = keyword(document, schema, value)
      if not names then return false end
      for member in pairs(names == true and {} or names) do evaluated[member] = true end
    elseif name ~= "unevaluatedProperties" and not ignored[name] then
      error("the specs' validator does not know '" .. name .. "'")
    end
  end
  if schema.unevaluatedProperties == false then
    for name in pairs(types.object(value) and value or {}) do
      if not evaluated[name] then return false end
    end
  end
  return evaluated
end

-- Whether a schema of this document admits a value.
function M.admits(document, schema, value) return check(document, schema, value) ~= false end

return M
