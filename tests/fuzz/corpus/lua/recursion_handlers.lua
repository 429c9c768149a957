return function()
  local function e() xpcall(error, e) end
  local function c() local x <close> = setmetatable({}, { __close = c }) end
  e()
  return { pcall(c) }
end
