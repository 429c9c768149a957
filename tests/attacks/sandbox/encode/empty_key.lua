-- Keys that another reader may take for others: empty, with a zero byte, __proto__
-- expect: 200 {"":1,"\u0000":2,"__proto__":3}
return function() return { [""] = 1, ["\0"] = 2, __proto__ = 3 } end
