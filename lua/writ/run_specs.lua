-- What `writ test` runs an app's specs with: busted, and a report of what came out.
--
--   lua5.4 run_specs.lua REPORT [BUSTED ARGUMENT…]
--
-- REPORT is a file, to which JSON goes: { "passed":, "failed":, "errors":, "pending":, "failures": [ { "name":,
-- "file":, "line":, "message":, "error": } ] }; or { "missing": "busted" }, and then nothing was run. What busted
-- prints is its own affair, and so is what else it is told.

local report_path = table.remove(arg, 1)

local function write_report(json)
  local file = assert(io.open(report_path, "w"))
  file:write(json)
  file:close()
end

local function is_missing(what)
  write_report(('{"missing":"%s"}'):format(what))
  os.exit(1, true)
end

if _VERSION ~= "Lua 5.4" then is_missing "Lua 5.4" end
if not package.searchpath("busted.runner", package.path) then is_missing "busted" end

local native = require "writ.native"

local counts = { success = 0, failure = 0, pending = 0 } -- of tests
local errors = 0 -- of tests, and of blocks around them
local failures = setmetatable({}, native.array)

local function place_of(message, trace)
  local file, line = message:match "^([^\n:]+):(%d+): "
  if file and file:sub(1, 3) ~= "..." then return file, line, (message:gsub("^[^\n:]+:%d+: ", "", 1)) end
  if trace and trace.source and trace.source:sub(1, 1) == "@" then
    return trace.source:sub(2), trace.currentline, message
  end
  return nil, 0, message
end

-- "users are nobody to others"; of what is no test, what it is: "users before_each".
local function full_name(busted, element)
  local names = {}
  while element and element.descriptor and element.descriptor ~= "file" do
    table.insert(names, 1, element.name or element.descriptor)
    element = busted.parent(element)
  end
  if #names == 0 and element then names[1] = element.name end
  return table.concat(names, " ")
end

local function add_failure(busted, element, message, trace, is_error)
  local file, line, text = place_of(tostring(message), trace or element.trace)
  failures[#failures + 1] = {
    name = full_name(busted, element),
    file = file and file:gsub("^%./", "") or native.null,
    line = math.tointeger(tonumber(line)) or 0,
    message = (text:gsub("[\128-\255]+", function(bytes) return utf8.len(bytes) and bytes or "?" end)),
    error = is_error,
  }
end

-- Before all others, so that nobody keeps an event from us.
local function watch(core)
  local function on(channel, listen)
    core.subscribe(channel, function(...)
      listen(...)
      return nil, true
    end)
  end
  local busted = setmetatable({}, { __index = function(_, name) return core.api[name] end })
  on({ "test", "end" }, function(_, _, status)
    if counts[status] then counts[status] = counts[status] + 1 end
  end)
  on({ "failure" }, function(element, _, message, trace) add_failure(busted, element, message, trace, false) end)
  on({ "error" }, function(element, _, message, trace)
    errors = errors + 1
    add_failure(busted, element, message, trace, true)
  end)
  on({ "exit" }, function()
    write_report(native.encode {
      passed = counts.success, failed = counts.failure, errors = errors, pending = counts.pending, failures = failures,
    })
  end)
end

local new_core = require "busted.core"
package.loaded["busted.core"] = function()
  local core = new_core()
  watch(core)
  return core
end

-- In a chunk of this name, which it has in busted's messages.
assert(load("require 'busted.runner' { standalone = false }", "@busted"))()
