-- What the author of a test did wrong, said where the test stands.
local mistakes = {}

local here = debug.getinfo(1, "S").source:match "^.*/"

local function is_ours(info)
  return info.what == "C" or info.source:sub(1, #here) == here or info.source:find "[/\\]luassert[/\\]"
end

-- An error where the test calls into this folder.
function mistakes.blame(message, ...)
  local level, info = 2, debug.getinfo(2, "S")
  while info and is_ours(info) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(select("#", ...) > 0 and message:format(...) or message, level)
end

function mistakes.sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end

-- All keys of `options` are among `known`, a list of names in one string.
function mistakes.check_options(options, known, what)
  if options == nil then return {} end
  if type(options) ~= "table" then mistakes.blame("%s is a table, not a %s", what, type(options)) end
  for _, key in ipairs(mistakes.sorted_keys(options)) do
    if not (" " .. known .. " "):find(" " .. key .. " ", 1, true) then
      mistakes.blame("%s has no %s; there are: %s", what, key, known)
    end
  end
  return options
end

function mistakes.check_string(value, what)
  if type(value) ~= "string" then mistakes.blame("%s is a string, not a %s", what, type(value)) end
  return value
end

return mistakes
