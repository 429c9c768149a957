-- next and pairs over tables that change under them, with keys that never were there
-- expect: 200 [false,false]
return function()
  local list = {}
  for i = 1, 100 do list["k" .. i] = i end
  for key in pairs(list) do list[key] = nil collected = { {} } end
  local results = { (pcall(next, {}, "never")), (pcall(next, { 1, 2 }, 3.5)) }
  pcall(function()
    local growing = { 1 }
    for key in next, growing do
      if #growing > 1000 then break end
      growing[#growing + 1], growing["n" .. key] = true, true
    end
  end)
  return results
end
