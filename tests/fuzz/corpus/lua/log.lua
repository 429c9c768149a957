return function(input, ctx)
  ctx.log("a", 1, nil, {}, true, 2.5)
  print("\xff\xfe", ("x"):rep(500))
  for i = 1, 30 do ctx.log(("é"):rep(100)) end
  ctx.log(setmetatable({}, { __tostring = function() ctx.log("inside") return "x" end, __name = "N" }))
end
