return function(input, ctx)
  return {}, 203
end
