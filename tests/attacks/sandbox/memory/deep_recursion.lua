-- Endless recursion: a mistake as much as an attack, so it ends as Lua's own error
-- expect: 500 handler_failed
return function()
  local function down(n) return 1 + down(n + 1) end
  return down(1)
end
