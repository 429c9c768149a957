return function()
  local function h(n) return n == 0 and n or coroutine.wrap(h)(n - 1) end
  local function r() return coroutine.wrap(r)() end
  return { pcall(h, 20), pcall(r) }
end
