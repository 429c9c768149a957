---@meta _

-- What every handler's `ctx` has. `db`, `fail`, `principal` and, where it is granted, `sleep` differ from contract to
-- contract: `.writ/types/` has them.

---@class writ.ctx
---@field now integer the time of the call, in milliseconds since 1970: what `:now` is bound to
---@field new_id string a UUIDv7: what `:new_id` is bound to, the same all through the call
---@field request writ.request
--- Writes a line to the server's log, with the request's id; at most 4 KB a call.
---@field log fun(...: any)

---@class writ.request
---@field id string
---@field method string
---@field route string the contract's, with its {parameters}
---@field address string
