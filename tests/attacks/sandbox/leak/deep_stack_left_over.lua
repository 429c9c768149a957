-- Locals of a deep recursion, and a stack that is grown again to see whether anything lies in it
-- expect: 200 0
return function()
  local found = 0
  local values = table.pack(coroutine.wrap(function(...) return ... end)(table.unpack({}, 1, 5000)))
  for i = 1, 5000 do if values[i] ~= nil then found = found + 1 end end
  local function down(n)
    local secret, other = "secret" .. n, { n }
    if n > 0 then return down(n - 1) .. secret, other end
    return ""
  end
  pcall(down, 300)
  return found
end
