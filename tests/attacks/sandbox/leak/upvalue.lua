-- A variable of the file that counts the calls
-- expect: 200 1
local calls = 0
return function()
  calls = calls + 1
  return calls
end
