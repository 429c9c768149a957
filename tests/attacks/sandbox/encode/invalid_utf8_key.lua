-- A key that is not UTF-8
-- expect: 500 contract_breach
return function() return { fine = 1, ["\xed\xa0\x80"] = 2 } end
