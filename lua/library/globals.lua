---@meta _

-- What a handler finds besides Lua's own functions. Of those these are not there, and `writ check` says so: load,
-- loadfile, dofile, collectgarbage, string.dump, and all of io, debug and package.

--- JSON's null and the database's NULL. It is a value, and so it is true in conditions: compare with `== null`.
--- Reading a field of it is an error.
---@class null
null = {}

--- Loads `app/lib/NAME.lua`: once, together with the handler. Call it at the top of the file.
---@param name string
---@return any
function require(name) end
