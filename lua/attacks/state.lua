-- Leaves traces wherever a call can, and says whether an earlier call's are there. It always fails, so that
-- nothing of it stays in the database.
local calls = 0
local kept = {}

return function(_, ctx)
  calls = calls + 1
  kept[#kept + 1] = ctx.now
  local traces = {
    calls > 1 and "an upvalue",
    #kept > 1 and "a table",
    rawget(_G, "trace") and "a global",
    rawget(string, "trace") and "a library",
    rawget(getmetatable("").__index, "trace") and "a metatable",
    rawget(ctx, "trace") and "ctx",
    rawget(ctx.db, "trace") and "ctx.db",
  }
  rawset(_G, "trace", true)
  string.trace, ctx.trace = true, true
  getmetatable("").__index.trace = true
  rawset(ctx.db, "trace", {})
  for _, trace in pairs(traces) do
    if trace then error("left by another call: " .. trace, 0) end
  end
  error("nothing was left", 0)
end
