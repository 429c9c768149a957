-- Ten thousand results
-- expect: 200 1
return function() return 1, 200, table.unpack({}, 1, 10000) end
