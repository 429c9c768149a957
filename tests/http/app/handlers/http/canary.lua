return function(input, ctx)
  return {}, 202
end
