-- The query gives one row more than a page has: that one says that there are more.
local PAGE = 50

---@param input writ.{{name}}.input
---@param ctx writ.{{name}}.ctx
---@return writ.{{name}}.body?, writ.{{name}}.status?
return function(input, ctx)
  local rows = ctx.db.{{name}}()
  local page = table.move(rows, 1, PAGE, 1, {})
  return { {{table}} = page, next = #rows > PAGE and page[PAGE].{{key}} or nil }
end
