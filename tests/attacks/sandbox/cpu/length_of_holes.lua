-- The length of arrays with holes, whose border is searched by halving, and their growth one by one
-- expect: 500 handler_deadline
return function()
  local t = {}
  for i = 1, 60 do t[1 << i] = true end
  while true do
    local _ = #t
    t[#t + 1] = nil
    table.insert(t, true)
    table.remove(t)
  end
end
