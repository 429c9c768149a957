-- Endless recursion whose every level keeps a kilobyte of its own
-- expect: 500 handler_memory
return function()
  local function down(n)
    local own = ("x"):rep(1000) .. n
    return down(n + 1) .. own
  end
  pcall(down, 1)
  return "caught"
end
