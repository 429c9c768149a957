-- Finalizers that change the result while it is written: keys that were listed go away, their memory is used again
-- expect: 200 *
return function()
  local t, long = {}, ("k"):rep(400)
  for i = 1, 1000 do t[long .. i] = { i } end
  for i = 1, 30 do
    setmetatable({}, { __gc = function()
      for k = 1, 100 do t[long .. i * 30 + k] = nil end
      t["new" .. i] = { ("y"):rep(50) }
    end })
  end
  return t
end
