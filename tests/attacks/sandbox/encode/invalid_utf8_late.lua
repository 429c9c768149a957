-- Half a megabyte of text whose last byte is not UTF-8
-- expect: 500 contract_breach
return function() return ("x"):rep(500000) .. "\xff" end
