-- __close yields while an error unwinds the coroutine, again and again
-- expect: 200 100
return function()
  local yields = 0
  local thread = coroutine.wrap(function()
    pcall(function()
      for i = 1, 100 do
        pcall(function()
          local _ <close> = setmetatable({}, { __close = function() coroutine.yield(i) error "again" end })
          error "first"
        end)
      end
      error "outer"
    end)
    return "over"
  end)
  while thread() ~= "over" do yields = yields + 1 end
  return yields
end
