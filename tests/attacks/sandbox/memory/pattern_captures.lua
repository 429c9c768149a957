-- gmatch and gsub whose captures are all kept
-- expect: 500 handler_memory
return function()
  local text, all = ("abc"):rep(100000), {}
  while true do
    for a, b in text:gmatch "()(.-)c" do all[#all + 1] = { a, b .. a } end
  end
end
