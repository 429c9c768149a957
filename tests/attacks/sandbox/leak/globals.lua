-- A global that counts the calls
-- expect: 200 1
return function()
  _G.calls = (rawget(_G, "calls") or 0) + 1
  return _G.calls
end
