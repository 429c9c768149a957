return function()
  local it = ("x"):rep(300):gmatch((".-"):rep(300) .. "b")
  local a, b = pcall(it)
  pcall(it)
  return { a, b, pcall(it) }
end
