-- require of what is not a module: paths, library names, other handlers, lies
-- expect: 200 []
return function()
  local found = {}
  local names = { "debug", "io", "package", "string", "_G", "../handlers/healthy", "/etc/passwd", "counter.lua",
    "counter\0", "", ("x"):rep(100000), "..", "handlers.healthy", "\xff" }
  for _, name in ipairs(names) do
    if pcall(require, name) then found[#found + 1] = name end
  end
  for _, name in ipairs { 1, {}, print, null } do
    if pcall(require, name) then found[#found + 1] = tostring(name) end
  end
  return found
end
