-- gsub that replaces each character with a thousand
-- expect: 500 handler_memory
return function()
  local text = ("x"):rep(10000)
  pcall(string.gsub, text, ".", ("y"):rep(1000))
  return "caught"
end
